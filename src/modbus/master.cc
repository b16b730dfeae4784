// SPDX-License-Identifier: Apache-2.0
#include "modbus/master.h"

namespace submeter::modbus {

void BusCounters::count(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRegisters:
      ++answers;
      break;
    case Outcome::kException:
      ++exceptions;
      break;
    case Outcome::kTimeout:
      ++timeouts;
      break;
    case Outcome::kBadAnswer:
      ++bad_answers;
      break;
    case Outcome::kBusDown:
      ++bus_downs;
      break;
  }
}

void BusCounters::count(LineFault fault, UnitId unit) {
  faults.add(fault);
  faults_of[unit].add(fault);
}

bool BusCounters::ever(LineFault fault, UnitId unit) const {
  const auto found = faults_of.find(unit);
  return found != faults_of.end() && found->second[fault] > 0;
}

}  // namespace submeter::modbus
