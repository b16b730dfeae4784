// SPDX-License-Identifier: Apache-2.0
#include "clock/system_clock.h"

#include <fmt/format.h>

#include <utility>

namespace submeter::clock {
namespace {

using std::chrono::milliseconds;

Duration drift(Duration elapsed) {
  return std::chrono::abs(elapsed) / SystemClock::kDriftDivisor;
}

UtcTime to_utc(std::chrono::sys_time<std::chrono::nanoseconds> wall) {
  return std::chrono::floor<milliseconds>(wall);
}

}  // namespace

SystemClock::SystemClock(Loop& loop, KernelClock& kernel, const ClockOptions& options)
    : kernel_(kernel), options_(options), now_(kernel.read()), timer_(loop, [this] { renew(); }) {
  judge();
  timer_.start_after(kRenewEvery);
}

Stamp SystemClock::stamp(MonoTime instant) const {
  Stamp stamp{to_utc(now_.wall + (instant - now_.monotonic)), state_, std::nullopt};
  if (bound_) {
    stamp.error_bound = std::chrono::ceil<milliseconds>(*bound_ + drift(instant - now_.monotonic));
    if (*stamp.error_bound > options_.max_error) stamp.state = ClockState::kUnsynced;
  }
  return stamp;
}

MonoTime SystemClock::instant_of(UtcTime time) const {
  return now_.monotonic + (time - now_.wall);
}

void SystemClock::renew() {
  timer_.start_after(kRenewEvery);
  const auto next = kernel_.read();
  const auto step = step_to(next);
  const auto old_state = state_;
  now_ = next;
  if (step) last_synced_.reset();
  judge();
  if (step) on_step_(*step);
  if (state_ != old_state) on_change_();
}

std::optional<ClockStep> SystemClock::step_to(const KernelClock::Reading& next) const {
  const auto expected = now_.wall + (next.monotonic - now_.monotonic);
  if (std::chrono::abs(next.wall - expected) <= kStepThreshold) return std::nullopt;
  return ClockStep{to_utc(expected), to_utc(next.wall)};
}

bool SystemClock::kernel_vouches() const {
  return options_.source != ClockSource::kNone && now_.synchronised;
}

/// Decides state and bound at the instant of the newest reading.
void SystemClock::judge() {
  state_ = ClockState::kUnsynced;
  bound_.reset();
  if (kernel_vouches()) bound_ = now_.max_error;
  if (kernel_vouches() && now_.max_error <= options_.max_error) {
    state_ = ClockState::kSynced;
    last_synced_ = now_.monotonic;
    last_bound_ = now_.max_error;
  } else if (last_synced_) {
    bound_ = last_bound_ + drift(now_.monotonic - *last_synced_);
    if (*bound_ <= options_.max_error) state_ = ClockState::kHoldover;
  }
}

std::string SystemClock::describe() const {
  if (options_.source == ClockSource::kNone) return "none: clock.source is none, so no record is ever synced";
  if (!now_.failure.empty()) {
    return fmt::format("kernel: does not say ({}), {}; see `timedatectl`", now_.failure, to_string(state_));
  }
  const auto bound =
      bound_ ? fmt::format(", error at most {} ms", std::chrono::ceil<milliseconds>(*bound_).count())
             : std::string(", error unknown");
  if (state_ == ClockState::kSynced) return "kernel: synchronised" + bound;
  if (!now_.synchronised) {
    return "kernel: no time source vouches for the clock" + bound +
           "; see `chronyc tracking` or `timedatectl`";
  }
  return fmt::format("kernel: synchronised{}, but clock.max_error is {} ms; see `chronyc tracking`", bound,
                     options_.max_error.count());
}

}  // namespace submeter::clock
