// SPDX-License-Identifier: Apache-2.0
#include "clock/system_clock.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "submeter/check.h"

namespace submeter::clock {
namespace {

using std::chrono::milliseconds;
using WallTime = KernelClock::WallTime;

/// What chrony has measured later than this by our clock, it has measured by another.
constexpr Duration kNotInTheFuture = std::chrono::seconds(5);
/// 127.127.1.1: chronyd follows nobody and was told to vouch for the machine's clock.
constexpr std::uint32_t kLocalReference = 0x7F7F0101;
/// The kernel inserts or removes a leap second at midnight; we notice within a second, sooner as a rule.
constexpr Duration kNearMidnight = std::chrono::seconds(3);

UtcTime to_utc(WallTime wall) {
  return std::chrono::floor<milliseconds>(wall);
}

}  // namespace

SystemClock::SystemClock(Loop& loop, KernelClock& kernel, ChronyClient* chrony, const ClockOptions& options)
    : kernel_(kernel),
      chrony_(chrony),
      options_(options),
      now_(kernel.read()),
      trust_(options.max_error),
      timer_(loop, [this] { renew(); }) {
  if (chrony_ != nullptr) chrony_->start([this] { renew(); });
  view_ = choose_view();
  trust_.judge(view_, now_.monotonic);
  told_ = situation();
  timer_.start_after(kRenewEvery);
}

Stamp SystemClock::bounded(WallTime time, Duration uncertainty) const {
  Stamp stamp{to_utc(time), trust_.state(), std::nullopt};
  if (trust_.bound()) {
    stamp.error_bound = std::chrono::ceil<milliseconds>(*trust_.bound() + uncertainty);
    if (*stamp.error_bound > options_.max_error) stamp.state = ClockState::kUnsynced;
  }
  return stamp;
}

Stamp SystemClock::stamp(MonoTime instant) const {
  const Duration distance = instant - now_.monotonic;
  return bounded(now_.wall + distance, drift(distance));
}

// Between `instant` and now both clocks were slewed by `correction`. A frequency that was learnt since makes
// it small: then the slewed clock was right, or by no more than that. More was an error of the wall clock
// that has gone since, and the oscillator knows better how much time has passed.
Stamp SystemClock::stamp_past(MonoTime instant, Duration slewed_then) const {
  const Duration distance = instant - now_.monotonic;
  const Duration correction = slewed_at(now_) - slewed_then;
  const Duration uncertainty = drift(distance);
  if (std::chrono::abs(correction) <= uncertainty) {
    return bounded(now_.wall + distance, uncertainty + std::chrono::abs(correction));
  }
  return bounded(now_.wall + distance + correction, uncertainty);
}

MonoTime SystemClock::instant_of(UtcTime time) const {
  return now_.monotonic + (time - now_.wall);
}

void SystemClock::resume(const SyncNote& note) {
  const auto expected = note.time + (now_.monotonic - note.instant);
  const Duration moved = std::chrono::abs(now_.wall - expected);
  if (moved <= kStepThreshold) {
    if (note.bound && moved <= kSetThreshold) trust_.remember(note.instant, *note.bound);
    trust_.judge(view_, now_.monotonic);
    told_ = situation();
    return;
  }
  last_step_ = {.expected = to_utc(expected), .actual = to_utc(now_.wall)};
  on_step_(*last_step_);
}

void SystemClock::renew() {
  timer_.start_after(kRenewEvery);
  const auto next = kernel_.read();
  const auto step = step_to(next);
  const bool was_set = std::chrono::abs(next.wall - expected_at(next)) > kSetThreshold;
  now_ = next;
  if (step) last_step_ = step;
  if (was_set && !(step && step->leap_second)) distrust();
  view_ = choose_view();
  trust_.judge(view_, now_.monotonic);
  if (step) on_step_(*step);
  if (situation() == told_) return;
  told_ = situation();
  on_change_();
}

SystemClock::Situation SystemClock::situation() const {
  return {.state = trust_.state(),
          .source = view_.source,
          .vouches = view_.vouches,
          .chrony = chrony_ != nullptr ? chrony_->presence() : ChronyClient::Presence::kGone};
}

KernelClock::WallTime SystemClock::expected_at(const KernelClock::Reading& next) const {
  return now_.wall + (next.monotonic - now_.monotonic);
}

std::optional<ClockStep> SystemClock::step_to(const KernelClock::Reading& next) const {
  const auto expected = expected_at(next);
  if (std::chrono::abs(next.wall - expected) <= kStepThreshold) return std::nullopt;
  ClockStep step{.expected = to_utc(expected), .actual = to_utc(next.wall)};
  step.leap_second = is_leap_second(step);
  return step;
}

bool SystemClock::is_leap_second(const ClockStep& step) const {
  if (view_.leap != Leap::kInsert && view_.leap != Leap::kDelete) return false;
  const milliseconds by = step.actual - step.expected;
  const milliseconds announced{view_.leap == Leap::kInsert ? -1000 : 1000};
  const auto midnight = std::chrono::round<std::chrono::days>(step.actual);
  return std::chrono::abs(by - announced) <= kStepThreshold &&
         std::chrono::abs(step.actual - midnight) <= kNearMidnight;
}

/// Whoever set the clock may not have told chrony. Its own steps follow a new measurement.
void SystemClock::distrust() {
  trust_.forget();
  if (chrony_ == nullptr) return;
  if (const auto& tracking = chrony_->tracking()) stale_measurement_ = tracking->reference_time;
  chrony_->ask_anew();
}

SyncView SystemClock::choose_view() const {
  switch (options_.source) {
    case ClockSource::kNone:
      return {.source = "none", .why_not = "clock.source is none, no time is ever trusted"};
    case ClockSource::kKernel:
      return view_of(now_);
    case ClockSource::kChrony:
      return chrony_view();
    case ClockSource::kAuto:
      return chrony_->presence() == ChronyClient::Presence::kGone ? view_of(now_) : chrony_view();
  }
  check_failed("a known ClockSource", __FILE__, __LINE__);
}

SyncView SystemClock::chrony_view() const {
  const auto& tracking = chrony_->tracking();
  if (!tracking) {
    const bool asked = chrony_->failure().empty();
    return {
        .source = "chrony", .at = now_.monotonic, .why_not = asked ? "is being asked" : chrony_->failure()};
  }
  SyncView view{.source = "chrony", .at = chrony_->answered_at()};
  view.measured_error =
      std::chrono::abs(tracking->offset) + tracking->root_dispersion + tracking->root_delay / 2;
  view.error_bound = view.measured_error;
  view.leap = tracking->leap;
  view.stratum = tracking->stratum;
  view.offset = tracking->offset;
  view.vouches = tracking->leap != Leap::kUnsynchronised && measured_since_step(*tracking);
  if (tracking->reference_id == kLocalReference)
    view.how = "its own clock is the reference (`local` in chrony.conf)";
  if (tracking->leap == Leap::kUnsynchronised) {
    view.why_not = "has no source to follow yet; look at: chronyc sources";
  } else if (!view.vouches) {
    view.why_not = "the clock was set after its last measurement; look at: chronyc tracking";
  }
  return view;
}

bool SystemClock::measured_since_step(const Tracking& tracking) const {
  return tracking.reference_time != stale_measurement_ &&
         tracking.reference_time <= to_utc(now_.wall) + kNotInTheFuture;
}

std::string SystemClock::text_of(const SyncView& view) const {
  if (!view.vouches) return fmt::format("{}: {}", view.source, view.why_not);
  std::string text = view.source + ": " + view.how;
  if (view.stratum) text += fmt::format(", stratum {}", *view.stratum);
  text += fmt::format(", error at most {} ms", std::chrono::ceil<milliseconds>(view.error_bound).count());
  if (view.error_bound <= options_.max_error) return text;
  return text + fmt::format(", but clock.max_error is {} ms; look at: chronyc tracking, timedatectl",
                            options_.max_error.count());
}

std::string SystemClock::describe() const {
  std::string text = text_of(view_);
  if (trust_.state() == ClockState::kHoldover) {
    text += fmt::format("; holdover, error at most {} ms",
                        std::chrono::ceil<milliseconds>(*trust_.bound()).count());
  }
  if (options_.source != ClockSource::kAuto || chrony_->presence() == ChronyClient::Presence::kUnknown)
    return text;
  const bool by_chrony = view_.source == "chrony";
  return fmt::format("{} ({})", text, by_chrony ? text_of(view_of(now_)) : text_of(chrony_view()));
}

}  // namespace submeter::clock
