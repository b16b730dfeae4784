// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "publish/patience.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::publish {

/// Makes a TLS handshake over the connected, non-blocking socket `fd` with the rules of the real connection,
/// and tells what is wrong, for people. Empty: nothing. Sends nothing but the handshake. Blocks as long as
/// `patience`.
std::optional<Error> probe_tls(int fd, const MqttOptions& options, Patience& patience);

}  // namespace submeter::publish
