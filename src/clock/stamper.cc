// SPDX-License-Identifier: Apache-2.0
#include "clock/stamper.h"

#include <algorithm>
#include <utility>

#include "core/log.h"

namespace submeter::clock {

UtcTime UsedTimes::take(UtcTime time) {
  while (overlaps(time) && std::ranges::find(used_, time) != used_.end()) ++time;
  newest_ = std::max(newest_.value_or(time), time);
  used_.push_back(time);
  if (used_.size() > kRemembered) {
    used_.pop_front();
    newest_ =
        *std::ranges::max_element(used_);  // a time far ahead, before a step back, is not remembered for ever
  }
  return time;
}

Stamper::Stamper(const Clock& clock, BeforeSync before_sync, SampleSink& sink)
    : clock_(clock), before_sync_(before_sync), sink_(sink) {
  clock_changed();
}

bool Stamper::holds() const {
  return before_sync_ == BeforeSync::kHold && !trusted_once_;
}

void Stamper::on_reading(Reading reading) {
  if (holds()) {
    hold(std::move(reading));
  } else {
    release(std::move(reading));
  }
}

void Stamper::clock_changed() {
  if (clock_.state() == ClockState::kUnsynced) return;
  trusted_once_ = true;
  if (held_.empty()) return;
  core::log_info("clock: trusted now ({}); stamping {} held readings", clock_.describe(), held_.size());
  release_held();
}

void Stamper::stop() {
  if (held_.empty()) return;
  core::log_warning("clock: stopping before it could be trusted; {} held readings are stored as unsynced",
                    held_.size());
  release_held();
}

void Stamper::release_held() {
  for (auto waiting = std::exchange(held_, {}); !waiting.empty(); waiting.pop_front()) {
    waiting.front().flags.set(QualityFlag::kHeld);
    release(std::move(waiting.front()));
  }
}

void Stamper::clock_stepped(const ClockStep& step) {
  last_step_ = clock_.instant_of(step.actual);
}

void Stamper::hold(Reading reading) {
  if (held_.empty()) {
    core::log_warning("clock: {}; readings are held until it can be trusted", clock_.describe());
  }
  held_.push_back(std::move(reading));
  if (held_.size() <= kMaxHeld) return;
  held_.pop_front();
  if (dropped_++ == 0) {
    core::log_error(
        "clock: {} readings are held and the clock is still not trusted ({}); dropping the oldest", kMaxHeld,
        clock_.describe());
  }
}

void Stamper::release(Reading reading) {
  Sample sample{std::move(reading), {}};
  Reading& taken = sample.reading;
  sample.stamp = clock_.stamp(taken.instant);
  if (sample.stamp.state == ClockState::kUnsynced) taken.flags.set(QualityFlag::kClockUnsynced);
  auto& used = used_[taken.circuit];
  const auto reach = taken.span / 2;
  const bool under_way_at_step =
      last_step_ && taken.instant - reach <= *last_step_ && *last_step_ <= taken.instant + reach;
  if (under_way_at_step || used.overlaps(sample.stamp.time)) taken.flags.set(QualityFlag::kClockStepped);
  sample.stamp.time = used.take(sample.stamp.time);
  sink_.on_sample(sample);
}

}  // namespace submeter::clock
