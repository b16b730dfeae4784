// SPDX-License-Identifier: Apache-2.0
#include "modbus/quarantine.h"

#include <algorithm>
#include <utility>

namespace submeter::modbus {

void Quarantine::asked(UnitId unit, MonoTime end) {
  of(unit).asked = end;
  of(unit).owes_answer = true;
}

void Quarantine::answered(UnitId unit, MonoTime now) {
  of(unit).owes_answer = false;
  learn(unit, now);
}

void Quarantine::timed_out(UnitId unit) {
  History& history = of(unit);
  history.free_at =
      history.asked + std::max({2 * response_timeout_, Duration{kShortest}, history.slowest * 3 / 2});
}

void Quarantine::damaged(UnitId unit) {
  of(unit).free_at = of(unit).asked + response_timeout_;
}

bool Quarantine::late(UnitId unit, MonoTime now) {
  if (!std::exchange(of(unit).owes_answer, false)) return false;
  learn(unit, now);
  of(unit).free_at = now;
  return true;
}

void Quarantine::learn(UnitId unit, MonoTime now) {
  History& history = of(unit);
  const Duration turnaround = now - history.asked;
  if (turnaround <= kSlowestBelieved) history.slowest = std::max(history.slowest, turnaround);
}

}  // namespace submeter::modbus
