// SPDX-License-Identifier: Apache-2.0
#include "clock/earlier_boots.h"

#include <algorithm>

namespace submeter::clock {

Stamp EarlierBoots::place(const Held& held) {
  if (held.boot != boot_) {
    boot_ = held.boot;
    boot_began_after_ = newest_;
  }
  const auto uptime = std::chrono::floor<std::chrono::milliseconds>(held.instant().time_since_epoch());
  const UtcTime earliest = boot_began_after_ + uptime;
  const bool plausible = held.shown >= earliest && (!ceiling_ || held.shown <= *ceiling_);
  Stamp stamp{.time = plausible ? held.shown : earliest, .state = ClockState::kUnsynced, .error_bound = {}};
  if (ceiling_ && *ceiling_ >= earliest) {
    stamp.error_bound = std::max(*ceiling_ - stamp.time, stamp.time - earliest);
  }
  newest_ = std::max(newest_, stamp.time);
  return stamp;
}

}  // namespace submeter::clock
