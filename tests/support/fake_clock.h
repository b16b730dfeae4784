// SPDX-License-Identifier: Apache-2.0
// A wall clock that does what the test says: a fixed relation to monotonic time until it is stepped.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "submeter/clock.h"

namespace submeter::test {

class FakeClock final : public Clock {
 public:
  /// `at` is the wall time of `instant`. Starts synced with an error of at most 4 ms.
  FakeClock(MonoTime instant, UtcTime at) : instant_(instant), at_(at) {}

  Stamp stamp(MonoTime instant) const override {
    return {std::chrono::floor<std::chrono::milliseconds>(at_ + (instant - instant_)), state_, bound_};
  }
  Stamp stamp_past(MonoTime instant, Duration then) const override {
    Stamp past = stamp(instant);
    past.time += std::chrono::floor<std::chrono::milliseconds>(slewed_by - then);
    return past;
  }
  Duration slewed() const override { return slewed_by; }
  MonoTime instant_of(UtcTime time) const override { return instant_ + (time - at_); }
  ClockState state() const override { return state_; }
  void on_change(std::function<void()> listener) override { on_change_ = std::move(listener); }
  void on_step(std::function<void(const ClockStep&)> listener) override { on_step_ = std::move(listener); }
  std::string describe() const override { return std::string("fake: ") + to_string(state_); }

  void set_state(ClockState state, std::optional<std::chrono::milliseconds> bound = std::nullopt) {
    bound_ = bound;
    if (std::exchange(state_, state) != state && on_change_) on_change_();
  }
  /// The wall clock is set at `now`, forwards or backwards.
  void step(MonoTime now, std::chrono::milliseconds by) {
    const UtcTime expected = stamp(now).time;
    at_ += by;
    if (on_step_) on_step_({expected, expected + by});
  }

  Duration slewed_by{};

 private:
  MonoTime instant_;
  UtcTime at_;
  ClockState state_ = ClockState::kSynced;
  std::optional<std::chrono::milliseconds> bound_ = std::chrono::milliseconds(4);
  std::function<void()> on_change_;
  std::function<void(const ClockStep&)> on_step_;
};

}  // namespace submeter::test
