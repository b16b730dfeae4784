// SPDX-License-Identifier: Apache-2.0
#include "clock/trust.h"

#include <algorithm>

namespace submeter::clock {

Duration drift(Duration elapsed) {
  constexpr Duration::rep kPartsIn = 10'000;
  return std::chrono::abs(elapsed) / kPartsIn;
}

void Trust::remember(MonoTime instant, Duration bound) {
  good_ = {instant, bound};
  last_synced_ = instant;
}

void Trust::judge(const SyncView& view, MonoTime now) {
  state_ = ClockState::kUnsynced;
  bound_.reset();
  if (view.vouches) {
    const Duration bound = view.error_bound + drift(now - view.at);
    const Duration measured = view.measured_error + drift(now - view.at);
    // A kernel's bound ages by 500 ppm until its daemon updates it. What ages is no news; what is measured
    // is.
    const bool news = !good_ || bound <= good_->bound_at(now) || measured > good_->bound_at(now);
    if (measured > max_error_) good_.reset();
    bound_ = bound;
    if (bound <= max_error_) {
      state_ = ClockState::kSynced;
      last_synced_ = now;
      if (news) good_ = {now, bound};
    }
  }
  if (state_ == ClockState::kSynced || !good_) return;
  bound_ = good_->bound_at(now);
  if (*bound_ <= max_error_) state_ = ClockState::kHoldover;
}

}  // namespace submeter::clock
