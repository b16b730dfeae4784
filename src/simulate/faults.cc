// SPDX-License-Identifier: Apache-2.0
#include "simulate/faults.h"

#include "simulate/seeded_random.h"

namespace submeter::simulate {

Fate FaultDice::next() {
  Fate fate;
  fate.silent = faults_.dead || happens(faults_.no_answer);
  fate.damaged = happens(faults_.bad_crc);
  fate.truncated = happens(faults_.truncated);
  if (happens(faults_.exception)) fate.exception_code = faults_.exception_code;
  return fate;
}

bool FaultDice::happens(double share) {
  state_ = mix(state_);
  return unit_interval(state_) < share;
}

}  // namespace submeter::simulate
