// SPDX-License-Identifier: Apache-2.0
#include "modbus/quarantine.h"

#include <algorithm>
#include <utility>

namespace submeter::modbus {

void Quarantine::asked(UnitId unit, MonoTime end) {
  History& history = of(unit);
  if (std::exchange(history.draining, false)) history.owed = 0;
  history.owed = std::min(history.owed + 1, kMostOwed);
  history.asked = end;
}

void Quarantine::answered(UnitId unit, MonoTime now) {
  History& history = of(unit);
  learn(history, now);
  --history.owed;
  history.draining = history.owed > 0;
  history.free_at = history.draining ? now + longest_wait(history) : now;
}

void Quarantine::timed_out(UnitId unit) {
  History& history = of(unit);
  history.free_at = history.asked + longest_wait(history) * (1 << std::max(0, history.owed - 1));
}

void Quarantine::damaged(UnitId unit) {
  of(unit).free_at = of(unit).asked + response_timeout_;
}

bool Quarantine::late(UnitId unit, MonoTime now) {
  History& history = of(unit);
  if (history.owed == 0) return false;
  learn(history, now);
  --history.owed;
  return true;
}

void Quarantine::learn(History& history, MonoTime now) {
  const Duration turnaround = now - history.asked;
  if (turnaround <= kSlowestBelieved) history.slowest = std::max(history.slowest, turnaround);
}

void Quarantine::forget_slowness() {
  for (History& history : histories_) history.slowest = {};
}

Duration Quarantine::longest_wait(const History& history) const {
  return std::max({2 * response_timeout_, Duration{kShortest}, history.slowest * 3 / 2});
}

}  // namespace submeter::modbus
