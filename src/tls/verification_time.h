// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "submeter/time.h"

namespace submeter::tls {

/// Certificates of servers are verified as of this time instead of the system's, by every TLS client of the
/// process, Paho included; empty: as of the system's time again. For a machine whose clock starts in 1970:
/// SPEC section 5. Loop thread, before a connection is begun.
void verify_as_of(std::optional<UtcTime> time);

}  // namespace submeter::tls
