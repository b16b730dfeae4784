// SPDX-License-Identifier: Apache-2.0
// The names a point may have, and the unit each is published in. SPEC section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "submeter/decimal.h"

namespace submeter::meters {

/// What kind of quantity a point is: decides its published unit and which transformer ratios apply to it.
enum class Quantity : std::uint8_t {
  kActiveEnergy,    // kWh
  kReactiveEnergy,  // kvarh
  kApparentEnergy,  // kVAh
  kActivePower,     // kW
  kReactivePower,   // kvar
  kApparentPower,   // kVA
  kPowerFactor,     // -1…1, sign of power
  kVoltage,         // V
  kCurrent,         // A
  kFrequency,       // Hz
  kTemperature,     // °C
  kOther,           // x_<name>: published as read
};

struct PointInfo {
  std::string_view name;
  Quantity quantity;
};

/// Every standard point, in the order in which records show them.
std::span<const PointInfo> standard_points();
/// The quantity of a standard name or of `x_<name>`; empty for any other name.
std::optional<Quantity> quantity_of(std::string_view point);
/// What the same energy is called when power flows the other way: import ↔ export, quadrant 1 ↔ 3, 2 ↔ 4.
/// Itself of any other point; empty of apparent_import_kvah, whose other direction no meter names.
std::string_view opposite_of(std::string_view point);
/// "kW", "kWh", "" for a power factor.
std::string_view published_unit(Quantity quantity);
/// The factor from a unit a meter speaks to the published one: ("W", kActivePower) → 0.001. Empty when that
/// unit does not measure that quantity.
std::optional<Decimal> unit_factor(std::string_view unit, Quantity quantity);

}  // namespace submeter::meters
