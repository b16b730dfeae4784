// SPDX-License-Identifier: Apache-2.0
// The two times of the program. They never mix: intervals and deadlines are monotonic, stamps are UTC.
#pragma once

#include <chrono>
#include <cstdint>

namespace submeter {

/// The monotonic clock of the machine. It has no now(): the time is asked of the Loop or the Clock.
struct MonotonicClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using MonoTime = MonotonicClock::time_point;
using Duration = std::chrono::nanoseconds;

/// Milliseconds since 1970-01-01T00:00:00Z, no leap seconds: the only wall time there is, never local.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace submeter
