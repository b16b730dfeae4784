// SPDX-License-Identifier: Apache-2.0
// The machine's clock: monotonic against wall time, and how far the wall time can be trusted.
//
// Renews the relation of wall to monotonic time once a second, with each answer of chrony, and when told that
// the clock was set (clock/clock_set_watch.h). On Linux both clocks are slewed alike, so the relation moves
// only when the wall clock is set; a move beyond kStepThreshold is a step, a smaller one is followed without
// a word. After either nobody vouches for the clock until its source has measured again. Owns neither the
// kernel's clock nor the client of chrony. Loop thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "clock/chrony_client.h"
#include "clock/kernel_clock.h"
#include "clock/sync_note.h"
#include "clock/sync_view.h"
#include "clock/trust.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::clock {

class SystemClock final : public Clock {
 public:
  static constexpr Duration kRenewEvery = std::chrono::seconds(1);
  /// NTP's own: what ntpd, too, steps instead of slewing (RFC 5905, STEPT).
  static constexpr Duration kStepThreshold = std::chrono::milliseconds(128);
  /// More than reading two clocks one after the other can be off: somebody has set the clock a little.
  static constexpr Duration kSetThreshold = std::chrono::milliseconds(2);

  /// `chrony`: null where clock.source does not ask for it.
  SystemClock(Loop& loop, KernelClock& kernel, ChronyClient* chrony, const ClockOptions& options);

  /// The bound grows with the distance of `instant` from the newest reading of the kernel's clock; where it
  /// exceeds clock.max_error the stamp is unsynced, whatever state() says.
  Stamp stamp(MonoTime instant) const override;
  Stamp stamp_past(MonoTime instant, Duration slewed) const override;
  /// As of now, not of the newest renewal.
  Duration slewed() const override { return slewed_at(kernel_.read()); }
  MonoTime instant_of(UtcTime time) const override;
  ClockState state() const override { return trust_.state(); }
  void on_change(std::function<void()> listener) override { on_change_ = std::move(listener); }
  void on_step(std::function<void(const ClockStep&)> listener) override { on_step_ = std::move(listener); }
  /// What the chosen source says; where clock.source is auto, what the other one says beside it.
  std::string describe() const override;

  /// `note` is of an earlier process of this boot, which the clock held over since. Or it was set meanwhile:
  /// then the step is told as any other. Once, before the loop runs and after on_step().
  void resume(const SyncNote& note);
  /// Reads the kernel's clock now and tells the listeners what changed. From the loop.
  void renew();

  /// What the state rests on.
  const SyncView& view() const { return view_; }
  /// False while chrony was not heard yet and may be: describe() has nothing to say.
  bool decided() const { return situation().chrony != ChronyClient::Presence::kUnknown; }
  std::optional<MonoTime> last_synced() const { return trust_.last_synced(); }
  const std::optional<ClockStep>& last_step() const { return last_step_; }
  const ChronyClient* chrony() const { return chrony_; }

 private:
  static Duration slewed_at(const KernelClock::Reading& reading) {
    return reading.monotonic.time_since_epoch() - reading.passed;
  }
  KernelClock::WallTime expected_at(const KernelClock::Reading& next) const;
  std::optional<ClockStep> step_to(const KernelClock::Reading& next) const;
  bool is_leap_second(const ClockStep& step) const;
  void distrust();
  SyncView choose_view() const;
  SyncView chrony_view() const;
  bool measured_since_step(const Tracking& tracking) const;
  Stamp bounded(KernelClock::WallTime time, Duration uncertainty) const;
  std::string text_of(const SyncView& view) const;
  /// What a listener is told of when it changes.
  struct Situation {
    ClockState state = ClockState::kUnsynced;
    std::string source;
    bool vouches = false;
    ChronyClient::Presence chrony = ChronyClient::Presence::kUnknown;
    bool operator==(const Situation&) const = default;
  };
  Situation situation() const;

  KernelClock& kernel_;
  ChronyClient* chrony_;
  ClockOptions options_;
  std::function<void()> on_change_ = [] {};
  std::function<void(const ClockStep&)> on_step_ = [](const ClockStep&) {};

  KernelClock::Reading now_;  // the newest
  SyncView view_;
  Trust trust_;
  Situation told_;
  std::optional<ClockStep> last_step_;
  /// The clock was set since chrony made the measurement of this time; then it vouches for a clock that is
  /// gone.
  std::optional<UtcTime> stale_measurement_;
  Timer timer_;
};

}  // namespace submeter::clock
