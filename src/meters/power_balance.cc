// SPDX-License-Identifier: Apache-2.0
#include "meters/power_balance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace submeter::meters {
namespace {

/// Shares of what is read: wide enough for registers that were not read at one instant, far below the
/// smallest suspect.
constexpr double kAgrees = 0.1;
constexpr double kNearFactor = 0.04;
constexpr double kAboveApparent = 1.25;
/// Power factors below are too small, in their registers, to be divided by.
constexpr double kLowestPowerFactor = 0.3;
/// A power of fewer steps than this is rounded too much.
constexpr double kFewestSteps = 10.0;

struct Compared {
  double power_kw = 0;
  double apparent_kva = 0;
  double power_factor = 0;  ///< NaN: unknown.
  double least_kva = 0;
};

/// To neutral; of three phases from between the lines, else from another phase, where one has none of its
/// own.
double phase_voltage(const CircuitValues& values, int phases, int phase) {
  if (const double own = values.of_phase(Measured::kVoltageL1N, phase); known(own)) return own;
  if (const double first = values[Measured::kVoltageL1N]; known(first) || phases < 3) return first;
  const double between = values.of_phase(Measured::kVoltageL12, phase);
  return known(between) ? between * std::numbers::inv_sqrt3
                        : values[Measured::kVoltageL12] * std::numbers::inv_sqrt3;
}

double usable(double power_factor) {
  const double size = std::abs(power_factor);
  return size >= kLowestPowerFactor && size <= 1.02 ? std::min(size, 1.0)
                                                    : std::numeric_limits<double>::quiet_NaN();
}

std::optional<PowerVerdict> judge(const Compared& compared, const PowerBalanceOptions& options,
                                  const ScaleSuspects& suspects, int phase) {
  const double power = compared.power_kw;
  const double apparent = compared.apparent_kva;
  if (!known(power) || !known(apparent)) return std::nullopt;
  if (std::max(power, apparent) <= compared.least_kva)
    return std::nullopt;  // nothing flows in a dead circuit
  const bool exact = known(compared.power_factor);
  const double expected = exact ? apparent * compared.power_factor : apparent;
  PowerVerdict verdict{{}, power, expected, phase};
  const double ratio = power / verdict.expected_kw;
  if (power > kAboveApparent * apparent) {
    verdict.suspect = exact ? suspects.nearest(ratio, kNearFactor) : suspects.explaining(ratio);
    if (!verdict.suspect) verdict.suspect = ScaleSuspect{};
    return verdict;
  }
  if (power < kFewestSteps * options.power_step_kw) return std::nullopt;
  if (exact && ratio < 1.0 - kAgrees) verdict.suspect = suspects.nearest(ratio, kNearFactor);
  return verdict;
}

Compared phase_of(const CircuitValues& values, const PowerBalanceOptions& options, int phase) {
  const double kilovolts = phase_voltage(values, options.phases, phase) / 1000.0;
  return {.power_kw = std::abs(values.of_phase(Measured::kPowerL1, phase)),
          .apparent_kva = std::abs(kilovolts * values.of_phase(Measured::kCurrentL1, phase)),
          .power_factor = usable(values.of_phase(Measured::kPfL1, phase)),
          .least_kva = kilovolts * options.least_current_a};
}

/// What the phases add up to is the total, whatever the power factor; not where they nearly cancel.
std::optional<Compared> total_of_phases(const CircuitValues& values, const PowerBalanceOptions& options) {
  constexpr double kLeftOver = 0.3;
  double sum = 0;
  double size = 0;
  double least_kva = 0;
  for (int phase = 0; phase < options.phases; ++phase) {
    const double power = values.of_phase(Measured::kPowerL1, phase);
    sum += power;
    size += std::abs(power);
    least_kva += phase_of(values, options, phase).least_kva;
  }
  if (!known(sum) || !known(least_kva) || std::abs(sum) < kLeftOver * size) return std::nullopt;
  return Compared{std::abs(values[Measured::kPower]), std::abs(sum), 1.0, least_kva};
}

Compared total(const CircuitValues& values, const PowerBalanceOptions& options) {
  if (options.phases > 1) {
    if (const auto sum = total_of_phases(values, options)) return *sum;
  }
  Compared total{.power_kw = std::abs(values[Measured::kPower]),
                 .power_factor = usable(values[Measured::kPf])};
  for (int phase = 0; phase < options.phases; ++phase) {
    const Compared one = phase_of(values, options, phase);
    total.apparent_kva += one.apparent_kva;
    total.least_kva += one.least_kva;
  }
  return total;
}

}  // namespace

std::optional<PowerVerdict> judge_power(const CircuitValues& values, const PowerBalanceOptions& options,
                                        const ScaleSuspects& suspects) {
  std::optional<PowerVerdict> found;
  const auto look_at = [&](const Compared& compared, int phase) {
    if (const auto verdict = judge(compared, options, suspects, phase)) found = verdict;
    return found && found->suspect;
  };
  for (int phase = 0; phase < options.phases; ++phase) {
    if (look_at(phase_of(values, options, phase), phase)) return found;
  }
  look_at(total(values, options), -1);
  return found;
}

}  // namespace submeter::meters
