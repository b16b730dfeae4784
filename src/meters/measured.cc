// SPDX-License-Identifier: Apache-2.0
#include "meters/measured.h"

#include <algorithm>
#include <initializer_list>

namespace submeter::meters {
namespace {

constexpr std::array<std::string_view, kMeasured> kPointNames{
    "power_kw",
    "power_l1_kw",
    "power_l2_kw",
    "power_l3_kw",
    "voltage_l1n_v",
    "voltage_l2n_v",
    "voltage_l3n_v",
    "voltage_l12_v",
    "voltage_l23_v",
    "voltage_l31_v",
    "current_l1_a",
    "current_l2_a",
    "current_l3_a",
    "pf",
    "pf_l1",
    "pf_l2",
    "pf_l3",
    "energy_import_kwh",
    "energy_export_kwh",
};

}  // namespace

std::optional<Measured> measured_by(std::string_view point) {
  const auto* const found = std::ranges::find(kPointNames, point);
  if (found == kPointNames.end()) return std::nullopt;
  return static_cast<Measured>(found - kPointNames.begin());
}

int phases_of(const RegisterMap& map) {
  const auto has_any = [&map](std::initializer_list<std::string_view> points) {
    return std::ranges::any_of(points, [&map](auto point) { return map.find(point) != nullptr; });
  };
  if (has_any({"power_l3_kw", "current_l3_a", "voltage_l3n_v", "voltage_l23_v", "voltage_l31_v"})) return 3;
  return has_any({"power_l2_kw", "current_l2_a", "voltage_l2n_v"}) ? 2 : 1;
}

}  // namespace submeter::meters
