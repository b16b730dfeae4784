// SPDX-License-Identifier: Apache-2.0
#include "clock/earlier_boots.h"

#include <algorithm>

namespace submeter::clock {

Stamp EarlierBoots::place(const Held& held) {
  if (held.boot != boot_) {
    boot_ = held.boot;
    began_after_ = std::max(held.floor, lived_until_);
  }
  const auto uptime = std::chrono::floor<std::chrono::milliseconds>(held.instant().time_since_epoch());
  const UtcTime earliest = began_after_ + uptime;
  lived_until_ = std::max(lived_until_, earliest);
  const bool plausible = held.shown >= earliest && (!ceiling_ || held.shown <= *ceiling_);
  Stamp stamp{.time = plausible ? held.shown : std::max(earliest, placed_),
              .state = ClockState::kUnsynced,
              .error_bound = {}};
  if (ceiling_ && *ceiling_ >= stamp.time) {
    stamp.error_bound = std::max(*ceiling_ - stamp.time, stamp.time - earliest);
  }
  placed_ = std::max(placed_, stamp.time);
  return stamp;
}

}  // namespace submeter::clock
