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

}  // namespace submeter::modbus
