// SPDX-License-Identifier: Apache-2.0
#include "clock/taken_times.h"

#include <algorithm>

namespace submeter::clock {
namespace {

/// What is so long past does not come again but by a step, and then it is noted anew.
constexpr std::chrono::minutes kKept{1};

}  // namespace

bool TakenTimes::Circuit::relives(UtcTime time) const {
  const auto next = noted_.lower_bound(time);
  return next != noted_.end() && *next - time <= kNear;
}

UtcTime TakenTimes::Circuit::first_free(UtcTime time) const {
  while (noted_.contains(time) || std::ranges::find(latest_, std::optional(time)) != latest_.end()) ++time;
  return time;
}

void TakenTimes::Circuit::take(UtcTime time) {
  noted_.erase(noted_.begin(), noted_.lower_bound(time - kKept));
  latest_[next_++ % latest_.size()] = time;
}

}  // namespace submeter::clock
