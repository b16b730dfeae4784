// SPDX-License-Identifier: Apache-2.0
#include "clock/taken_times.h"

#include <algorithm>

namespace submeter::clock {

void TakenTimes::Circuit::note(UtcTime time) {
  relived_.insert(time);
  newest_ = std::max(newest_.value_or(time), time);
}

bool TakenTimes::Circuit::is_taken(UtcTime time) const {
  return relives(time) && (time == *newest_ || relived_.contains(time) ||
                           std::ranges::find(latest_, std::optional(time)) != latest_.end());
}

UtcTime TakenTimes::Circuit::first_free(UtcTime time) const {
  while (is_taken(time)) ++time;
  return time;
}

void TakenTimes::Circuit::take(UtcTime time) {
  latest_[next_++ % latest_.size()] = time;
  if (relives(time)) {
    relived_.insert(time);
  } else {
    relived_.clear();
    newest_ = time;
  }
}

}  // namespace submeter::clock
