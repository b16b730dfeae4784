// SPDX-License-Identifier: Apache-2.0
// The machine's clock: monotonic against wall time, and what the kernel's NTP state says about it.
//
// Renews the relation of wall to monotonic time once a second, and when told that the clock was set
// (clock/clock_set_watch.h). On Linux both clocks are slewed alike, so the relation moves only when the wall
// clock is set; a move beyond kStepThreshold is a step, a smaller one is followed silently. Does not own the
// kernel clock. Loop thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "clock/kernel_clock.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::clock {

class SystemClock final : public Clock {
 public:
  static constexpr Duration kRenewEvery = std::chrono::seconds(1);
  /// NTP's own: what ntpd, too, steps instead of slewing (RFC 5905, STEPT).
  static constexpr Duration kStepThreshold = std::chrono::milliseconds(128);
  /// How fast an undisciplined clock is assumed to err: 500 ppm, as the kernel (RFC 5905 has 15 for a good
  /// one).
  static constexpr Duration::rep kDriftDivisor = 2'000;

  SystemClock(Loop& loop, KernelClock& kernel, const ClockOptions& options);

  /// The bound grows with the distance of `instant` from the newest reading of the kernel's clock; where it
  /// exceeds clock.max_error the stamp is unsynced, whatever state() says.
  Stamp stamp(MonoTime instant) const override;
  MonoTime instant_of(UtcTime time) const override;
  /// Holdover: the last bound the source gave, plus 500 ppm of the time since. A step ends it, since nobody
  /// vouches for whoever set the clock.
  ClockState state() const override { return state_; }
  void on_change(std::function<void()> listener) override { on_change_ = std::move(listener); }
  void on_step(std::function<void(const ClockStep&)> listener) override { on_step_ = std::move(listener); }
  std::string describe() const override;

  /// Reads the kernel's clock now and tells the listeners what changed. From the loop.
  void renew();

 private:
  bool kernel_vouches() const;
  std::optional<ClockStep> step_to(const KernelClock::Reading& next) const;
  void judge();

  KernelClock& kernel_;
  ClockOptions options_;
  std::function<void()> on_change_ = [] {};
  std::function<void(const ClockStep&)> on_step_ = [](const ClockStep&) {};

  KernelClock::Reading now_;  // the newest
  ClockState state_ = ClockState::kUnsynced;
  std::optional<Duration> bound_;        // of the wall time in now_
  std::optional<MonoTime> last_synced_;  // with last_bound_; forgotten after a step
  Duration last_bound_{};
  Timer timer_;
};

}  // namespace submeter::clock
