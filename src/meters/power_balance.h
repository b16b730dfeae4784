// SPDX-License-Identifier: Apache-2.0
// Whether the power of one reading is what voltage, current and power factor make. A power above volts ×
// amperes is impossible; one below is suspect only where the power factor says so. Pure, no state.
#pragma once

#include <optional>

#include "meters/measured.h"
#include "meters/scale_suspect.h"

namespace submeter::meters {

/// What a comparison needs to know of a circuit.
struct PowerBalanceOptions {
  int phases = 3;              ///< That the meter measures.
  double least_current_a = 0;  ///< Below this load per phase nothing is compared.
  double power_step_kw = 0;    ///< Smallest difference that the power registers show; 0: unknown, small.
};

/// What one reading showed under enough load.
struct PowerVerdict {
  std::optional<ScaleSuspect> suspect;
  double power_kw = 0;     ///< As read, without its sign.
  double expected_kw = 0;  ///< Made of the others; without a power factor, at most.
  int phase = -1;          ///< From 0; -1: all together.
};

/// Phase by phase where the points are there; the total against the sum of its phases, else against theirs of
/// voltage and current. The first that is suspect, else one that is not. Empty: nothing could be compared,
/// for want of points or of load.
std::optional<PowerVerdict> judge_power(const CircuitValues& values, const PowerBalanceOptions& options,
                                        const ScaleSuspects& suspects);

}  // namespace submeter::meters
