// SPDX-License-Identifier: Apache-2.0
// What `submeter queue` says, of the daemon's answer. Pure.
#pragma once

#include <string>

#include "tool/daemon_client.h"

namespace submeter::tool {

std::string readable_queue(const Json& queue);

/// Something has waited for more than five minutes: the broker, or the way to it, needs a look.
bool waits_too_long(const Json& queue);

}  // namespace submeter::tool
