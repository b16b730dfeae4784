// SPDX-License-Identifier: Apache-2.0
#include "modbus/response_timeouts.h"

#include <algorithm>

namespace submeter::modbus {

Duration ResponseTimeouts::of(UnitId unit) const {
  constexpr unsigned kMostDoublings = 16;
  const Unit& known = units_[unit.value];
  if (known.answers < kAnswersToLearn) return longest_;
  const Duration learnt = 3 * known.slowest + kMargin;
  return std::min(longest_, learnt * (1U << std::min(known.timeouts, kMostDoublings)));
}

void ResponseTimeouts::answered(UnitId unit, Duration latency) {
  Unit& known = units_[unit.value];
  known.slowest = std::max(known.slowest, std::min(latency, longest_));
  known.answers = std::min(known.answers + 1, kAnswersToLearn);
  known.timeouts = 0;
  known.doubted = 0;
  const bool early = latency < Duration::zero();
  known.early = known.early || early;
  known.in_time = known.in_time || !early;
}

bool ResponseTimeouts::plausible(UnitId unit, Duration latency) {
  Unit& known = units_[unit.value];
  if (latency >= Duration::zero() || known.early || !known.in_time) return true;
  return ++known.doubted > kEarlyToBelieve;
}

void ResponseTimeouts::late(UnitId unit, Duration latency) {
  Unit& known = units_[unit.value];
  known.slowest = std::max(known.slowest, std::min(latency, longest_));
}

void ResponseTimeouts::forget_speeds() {
  for (Unit& known : units_) known = {.in_time = known.in_time, .early = known.early};
}

void ResponseTimeouts::timed_out(UnitId unit) {
  ++units_[unit.value].timeouts;
}

}  // namespace submeter::modbus
