// SPDX-License-Identifier: Apache-2.0
#include "meters/points.h"

#include <algorithm>
#include <array>
#include <utility>

namespace submeter::meters {
namespace {

constexpr std::array kPoints = {
    PointInfo{"energy_import_kwh", Quantity::kActiveEnergy},
    PointInfo{"energy_export_kwh", Quantity::kActiveEnergy},
    PointInfo{"reactive_import_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"reactive_export_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"reactive_q1_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"reactive_q2_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"reactive_q3_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"reactive_q4_kvarh", Quantity::kReactiveEnergy},
    PointInfo{"apparent_import_kvah", Quantity::kApparentEnergy},
    PointInfo{"power_kw", Quantity::kActivePower},
    PointInfo{"power_l1_kw", Quantity::kActivePower},
    PointInfo{"power_l2_kw", Quantity::kActivePower},
    PointInfo{"power_l3_kw", Quantity::kActivePower},
    PointInfo{"reactive_power_kvar", Quantity::kReactivePower},
    PointInfo{"reactive_power_l1_kvar", Quantity::kReactivePower},
    PointInfo{"reactive_power_l2_kvar", Quantity::kReactivePower},
    PointInfo{"reactive_power_l3_kvar", Quantity::kReactivePower},
    PointInfo{"apparent_power_kva", Quantity::kApparentPower},
    PointInfo{"apparent_power_l1_kva", Quantity::kApparentPower},
    PointInfo{"apparent_power_l2_kva", Quantity::kApparentPower},
    PointInfo{"apparent_power_l3_kva", Quantity::kApparentPower},
    PointInfo{"pf", Quantity::kPowerFactor},
    PointInfo{"pf_l1", Quantity::kPowerFactor},
    PointInfo{"pf_l2", Quantity::kPowerFactor},
    PointInfo{"pf_l3", Quantity::kPowerFactor},
    PointInfo{"voltage_l1n_v", Quantity::kVoltage},
    PointInfo{"voltage_l2n_v", Quantity::kVoltage},
    PointInfo{"voltage_l3n_v", Quantity::kVoltage},
    PointInfo{"voltage_l12_v", Quantity::kVoltage},
    PointInfo{"voltage_l23_v", Quantity::kVoltage},
    PointInfo{"voltage_l31_v", Quantity::kVoltage},
    PointInfo{"current_l1_a", Quantity::kCurrent},
    PointInfo{"current_l2_a", Quantity::kCurrent},
    PointInfo{"current_l3_a", Quantity::kCurrent},
    PointInfo{"current_n_a", Quantity::kCurrent},
    PointInfo{"frequency_hz", Quantity::kFrequency},
    PointInfo{"demand_kw", Quantity::kActivePower},
    PointInfo{"temperature_c", Quantity::kTemperature},
};

/// A unit as makers write it, and the power of ten from it to the published unit.
struct Unit {
  std::string_view name;
  Quantity quantity;
  int exponent;
};

// The first of a quantity is the published one.
constexpr std::array kUnits = {
    Unit{"kWh", Quantity::kActiveEnergy, 0},
    Unit{"Wh", Quantity::kActiveEnergy, -3},
    Unit{"MWh", Quantity::kActiveEnergy, 3},
    Unit{"GWh", Quantity::kActiveEnergy, 6},
    Unit{"kvarh", Quantity::kReactiveEnergy, 0},
    Unit{"varh", Quantity::kReactiveEnergy, -3},
    Unit{"Mvarh", Quantity::kReactiveEnergy, 3},
    Unit{"kVAh", Quantity::kApparentEnergy, 0},
    Unit{"VAh", Quantity::kApparentEnergy, -3},
    Unit{"MVAh", Quantity::kApparentEnergy, 3},
    Unit{"kW", Quantity::kActivePower, 0},
    Unit{"W", Quantity::kActivePower, -3},
    Unit{"mW", Quantity::kActivePower, -6},
    Unit{"MW", Quantity::kActivePower, 3},
    Unit{"kvar", Quantity::kReactivePower, 0},
    Unit{"var", Quantity::kReactivePower, -3},
    Unit{"Mvar", Quantity::kReactivePower, 3},
    Unit{"kVA", Quantity::kApparentPower, 0},
    Unit{"VA", Quantity::kApparentPower, -3},
    Unit{"MVA", Quantity::kApparentPower, 3},
    Unit{"", Quantity::kPowerFactor, 0},
    Unit{"%", Quantity::kPowerFactor, -2},
    Unit{"V", Quantity::kVoltage, 0},
    Unit{"mV", Quantity::kVoltage, -3},
    Unit{"kV", Quantity::kVoltage, 3},
    Unit{"A", Quantity::kCurrent, 0},
    Unit{"mA", Quantity::kCurrent, -3},
    Unit{"kA", Quantity::kCurrent, 3},
    Unit{"Hz", Quantity::kFrequency, 0},
    Unit{"mHz", Quantity::kFrequency, -3},
    Unit{"°C", Quantity::kTemperature, 0},
};

bool names_another(std::string_view point) {
  constexpr std::string_view kPrefix = "x_";
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return point.starts_with(kPrefix) && point.size() > kPrefix.size() &&
         point.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

std::span<const PointInfo> standard_points() {
  return kPoints;
}

std::optional<Quantity> quantity_of(std::string_view point) {
  const auto* const found = std::ranges::find(kPoints, point, &PointInfo::name);
  if (found != kPoints.end()) return found->quantity;
  if (names_another(point)) return Quantity::kOther;
  return std::nullopt;
}

std::string_view opposite_of(std::string_view point) {
  constexpr std::pair<std::string_view, std::string_view> kOpposites[] = {
      {"energy_import_kwh", "energy_export_kwh"},
      {"reactive_import_kvarh", "reactive_export_kvarh"},
      {"reactive_q1_kvarh", "reactive_q3_kvarh"},
      {"reactive_q2_kvarh", "reactive_q4_kvarh"},
      {"apparent_import_kvah", ""},
  };
  for (const auto& [one, other] : kOpposites) {
    if (point == one) return other;
    if (point == other) return one;
  }
  return point;
}

std::string_view published_unit(Quantity quantity) {
  const auto* const found = std::ranges::find(kUnits, quantity, &Unit::quantity);
  return found == kUnits.end() ? std::string_view() : found->name;
}

std::optional<Decimal> unit_factor(std::string_view unit, Quantity quantity) {
  if (unit.empty() || quantity == Quantity::kOther) return Decimal(1);
  for (const Unit& known : kUnits) {
    if (known.quantity == quantity && known.name == unit) return Decimal(1, known.exponent);
  }
  return std::nullopt;
}

}  // namespace submeter::meters
