// SPDX-License-Identifier: Apache-2.0
// What time it is and how far it can be trusted. SPEC section 5; production: clock/system_clock.h.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "submeter/time.h"

namespace submeter {

enum class ClockState : std::uint8_t {
  kUnsynced,  ///< Nobody vouches for the wall clock.
  kHoldover,  ///< Was synchronised this boot; the drift bound is still within clock.max_error.
  kSynced,    ///< The source says so and its estimated error is within clock.max_error.
};

/// "unsynced", "holdover", "synced": the value of a record's `clock`.
const char* to_string(ClockState state);

/// The wall time of one monotonic instant.
struct Stamp {
  UtcTime time{};
  ClockState state = ClockState::kUnsynced;
  /// Bound of the error of `time`; empty when nobody can give one.
  std::optional<std::chrono::milliseconds> error_bound;
};

/// The wall clock jumped while the program ran.
struct ClockStep {
  UtcTime expected{};        ///< What the old relation of wall to monotonic time said.
  UtcTime actual{};          ///< What the clock says now.
  bool leap_second = false;  ///< It was announced, and what the clock says stays as sure as it was.
};

class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall time of `instant` by the newest relation of wall to monotonic time.
  virtual Stamp stamp(MonoTime instant) const = 0;
  /// As stamp(), of an instant of this boot that may lie far back, when slewed() said `slewed`: the wall
  /// clock was perhaps slewed by more than it is off now, or the machine slept.
  virtual Stamp stamp_past(MonoTime instant, Duration slewed) const = 0;
  /// By how much more time the monotonic clock has counted since the machine's start than passed: it is
  /// slewed, and stands still while the machine sleeps.
  virtual Duration slewed() const = 0;
  /// The monotonic instant at which the wall clock shows `time`, by the same relation.
  virtual MonoTime instant_of(UtcTime time) const = 0;
  virtual ClockState state() const = 0;
  /// Called on the loop after each change of state or source; replaces the earlier listener.
  virtual void on_change(std::function<void()> listener) = 0;
  /// Called on the loop after each step, with the new relation already in force.
  virtual void on_step(std::function<void(const ClockStep&)> listener) = 0;
  /// Where the state comes from and why, for people: "kernel: synchronised, error at most 3 ms".
  virtual std::string describe() const = 0;
};

}  // namespace submeter
