// SPDX-License-Identifier: Apache-2.0
// The points that contradict each other where a current transformer or its wiring is wrong, each with its
// place. Pure.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "meters/register_map.h"

namespace submeter::meters {

/// The phases of a quantity follow each other, L1 first.
enum class Measured : std::uint8_t {
  kPower,
  kPowerL1,
  kPowerL2,
  kPowerL3,
  kVoltageL1N,
  kVoltageL2N,
  kVoltageL3N,
  kVoltageL12,
  kVoltageL23,
  kVoltageL31,
  kCurrentL1,
  kCurrentL2,
  kCurrentL3,
  kPf,
  kPfL1,
  kPfL2,
  kPfL3,
  kImport,
  kExport,
};
inline constexpr std::size_t kMeasured = 19;

/// The place of a point name; empty of points that say nothing about a current transformer.
std::optional<Measured> measured_by(std::string_view point);

/// How many phases a meter of this map measures: as many as it has points of.
int phases_of(const RegisterMap& map);

/// What one reading said, in published units on the primary side; NaN where it said nothing.
class CircuitValues {
 public:
  CircuitValues() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }

  void set(Measured what, double value) { values_[static_cast<std::size_t>(what)] = value; }
  double operator[](Measured what) const { return values_[static_cast<std::size_t>(what)]; }
  /// `first` is the quantity's L1, `phase` counts from 0.
  double of_phase(Measured first, int phase) const {
    return values_[static_cast<std::size_t>(first) + static_cast<std::size_t>(phase)];
  }

 private:
  std::array<double, kMeasured> values_;
};

inline bool known(double value) {
  return !std::isnan(value);
}

}  // namespace submeter::meters
