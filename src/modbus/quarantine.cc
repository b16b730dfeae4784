// SPDX-License-Identifier: Apache-2.0
#include "modbus/quarantine.h"

#include <algorithm>

namespace submeter::modbus {

void Quarantine::timed_out(UnitId unit) {
  History& history = of(unit);
  history.free_at =
      history.asked + std::max({2 * response_timeout_, Duration{kShortest}, history.slowest * 3 / 2});
}

void Quarantine::damaged(UnitId unit) {
  of(unit).free_at = of(unit).asked + response_timeout_;
}

void Quarantine::late(UnitId unit, MonoTime now) {
  learn(unit, now);
  of(unit).free_at = now;
}

void Quarantine::learn(UnitId unit, MonoTime now) {
  History& history = of(unit);
  const bool was_asked = history.asked != MonoTime{};
  const Duration turnaround = now - history.asked;
  if (was_asked && turnaround <= kSlowestBelieved) history.slowest = std::max(history.slowest, turnaround);
}

}  // namespace submeter::modbus
