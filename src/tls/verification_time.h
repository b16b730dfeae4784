// SPDX-License-Identifier: Apache-2.0
// As of when certificates are verified, on a machine whose clock may start in 1970. SPEC section 5.
#pragma once

#include <optional>

#include "submeter/time.h"

namespace submeter::tls {

/// When this program was built, so a time that is certainly past. With SOURCE_DATE_EPOCH that time.
UtcTime build_time();

/// Certificates of servers are verified as of this time instead of the system's, by every TLS client of the
/// process, Paho included; empty: as of the system's time again. Whole seconds count. A connection under way
/// may still be judged by the time before.
///
/// Loop thread. The first call also with an empty time, before the first connection is begun: it extends a
/// table of OpenSSL's that other threads read without a lock.
void verify_as_of(std::optional<UtcTime> time);

}  // namespace submeter::tls
