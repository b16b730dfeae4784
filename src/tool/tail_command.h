// SPDX-License-Identifier: Apache-2.0
// `submeter tail [CIRCUIT]`: the daemon's records as they are committed, as lines for people.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_tail_command();

}  // namespace submeter::tool
