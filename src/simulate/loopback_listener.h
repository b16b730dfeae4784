// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/unique_fd.h"
#include "submeter/result.h"

namespace submeter::simulate {

/// A listening, non-blocking socket on the loopback interface, given by number or as "localhost": a simulated
/// meter is nobody else's business. Port 0 is any that is free. The error says who may listen where.
Result<core::UniqueFd> listen_on_loopback(const std::string& host, std::uint16_t port);

/// The port that `socket` listens on.
std::uint16_t port_of(int socket);

/// The next client that waits at `socket`; invalid when there is none.
core::UniqueFd accept_client(int socket);

}  // namespace submeter::simulate
