// SPDX-License-Identifier: Apache-2.0
#include "simulate/faults.h"

#include "simulate/seeded_random.h"

namespace submeter::simulate {

Fate FaultDice::next() {
  Fate fate;
  for (const auto& [fault, share] : faults_.shares) {
    fate.faults.set(static_cast<std::size_t>(fault), unit_interval(roll()) < share);
  }
  if (faults_.dead) fate.faults.set(static_cast<std::size_t>(Fault::kSilent));
  fate.random = roll();
  return fate;
}

std::uint64_t FaultDice::roll() {
  return state_ = mix(state_);
}

}  // namespace submeter::simulate
