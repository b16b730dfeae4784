// SPDX-License-Identifier: Apache-2.0
#include "simulate/point_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "simulate/energy_counter.h"

namespace submeter::simulate {
namespace {

constexpr double kThird = 2.0 * std::numbers::pi / 3.0;

// Millionths: finer than any register, and no binary noise behind it.
Decimal to_decimal(double value) {
  return Decimal(std::llround(value * 1e6), -6);
}

const Phase& phase(const LoadState& state, std::size_t index) {
  return state.supply.phases.at(index);
}

double apparent_mva(const Phase& phase) {
  return std::hypot(static_cast<double>(phase.power_mw), static_cast<double>(phase.reactive_mvar));
}

double amperes(const Phase& phase) {
  return phase.voltage_mv == 0 ? 0.0 : apparent_mva(phase) / static_cast<double>(phase.voltage_mv);
}

// Of nothing at all, 1, as meters show it.
Decimal power_factor(double power, double apparent) {
  return apparent == 0.0 ? Decimal{1} : to_decimal(power / apparent);
}

double line_to_line_volts(const Phase& a, const Phase& b) {
  if (a.voltage_mv == 0 || b.voltage_mv == 0) return 0.0;
  const auto first = static_cast<double>(a.voltage_mv) / 1e3;
  const auto second = static_cast<double>(b.voltage_mv) / 1e3;
  return std::sqrt(first * first + second * second + first * second);  // 120° apart
}

double neutral_amperes(const Supply& supply) {
  std::complex<double> sum;
  for (std::size_t i = 0; i < supply.phases.size(); ++i) {
    const Phase& one = supply.phases.at(i);
    const double lag = std::atan2(static_cast<double>(one.reactive_mvar), static_cast<double>(one.power_mw));
    sum += std::polar(amperes(one), -lag - kThird * static_cast<double>(i));
  }
  return std::abs(sum);
}

Decimal sum(const Decimal& a, const Decimal& b) {
  return a.plus(b).value_or(a);
}

template <std::size_t kIndex>
Decimal power(const LoadState& s) {
  return kilo_of_milli(phase(s, kIndex).power_mw);
}
template <std::size_t kIndex>
Decimal reactive(const LoadState& s) {
  return kilo_of_milli(phase(s, kIndex).reactive_mvar);
}
template <std::size_t kIndex>
Decimal apparent(const LoadState& s) {
  return kilo_of_milli(std::llround(apparent_mva(phase(s, kIndex))));
}
template <std::size_t kIndex>
Decimal pf(const LoadState& s) {
  return power_factor(static_cast<double>(phase(s, kIndex).power_mw), apparent_mva(phase(s, kIndex)));
}
template <std::size_t kIndex>
Decimal voltage(const LoadState& s) {
  return Decimal(phase(s, kIndex).voltage_mv, -3);
}
template <std::size_t kIndex>
Decimal line_voltage(const LoadState& s) {
  return to_decimal(line_to_line_volts(phase(s, kIndex), phase(s, (kIndex + 1) % 3)));
}
template <std::size_t kIndex>
Decimal current(const LoadState& s) {
  return to_decimal(amperes(phase(s, kIndex)));
}
template <std::size_t kIndex>
Decimal quadrant(const LoadState& s) {
  return s.energy.reactive_kvarh.at(kIndex);
}

struct PointValueRow {
  std::string_view name;
  Decimal (*value)(const LoadState&);
};

constexpr PointValueRow kRows[] = {
    {"energy_import_kwh", [](const LoadState& s) { return s.energy.import_kwh; }},
    {"energy_export_kwh", [](const LoadState& s) { return s.energy.export_kwh; }},
    {"reactive_import_kvarh", [](const LoadState& s) { return sum(quadrant<0>(s), quadrant<1>(s)); }},
    {"reactive_export_kvarh", [](const LoadState& s) { return sum(quadrant<2>(s), quadrant<3>(s)); }},
    {"reactive_q1_kvarh", quadrant<0>},
    {"reactive_q2_kvarh", quadrant<1>},
    {"reactive_q3_kvarh", quadrant<2>},
    {"reactive_q4_kvarh", quadrant<3>},
    {"apparent_import_kvah", [](const LoadState& s) { return s.energy.apparent_import_kvah; }},
    {"power_kw", [](const LoadState& s) { return kilo_of_milli(s.supply.power_mw()); }},
    {"power_l1_kw", power<0>},
    {"power_l2_kw", power<1>},
    {"power_l3_kw", power<2>},
    {"reactive_power_kvar", [](const LoadState& s) { return kilo_of_milli(s.supply.reactive_mvar()); }},
    {"reactive_power_l1_kvar", reactive<0>},
    {"reactive_power_l2_kvar", reactive<1>},
    {"reactive_power_l3_kvar", reactive<2>},
    {"apparent_power_kva", [](const LoadState& s) { return kilo_of_milli(apparent_mva(s.supply)); }},
    {"apparent_power_l1_kva", apparent<0>},
    {"apparent_power_l2_kva", apparent<1>},
    {"apparent_power_l3_kva", apparent<2>},
    {"pf",
     [](const LoadState& s) {
       return power_factor(static_cast<double>(s.supply.power_mw()),
                           static_cast<double>(apparent_mva(s.supply)));
     }},
    {"pf_l1", pf<0>},
    {"pf_l2", pf<1>},
    {"pf_l3", pf<2>},
    {"voltage_l1n_v", voltage<0>},
    {"voltage_l2n_v", voltage<1>},
    {"voltage_l3n_v", voltage<2>},
    {"voltage_l12_v", line_voltage<0>},
    {"voltage_l23_v", line_voltage<1>},
    {"voltage_l31_v", line_voltage<2>},
    {"current_l1_a", current<0>},
    {"current_l2_a", current<1>},
    {"current_l3_a", current<2>},
    {"current_n_a", [](const LoadState& s) { return to_decimal(neutral_amperes(s.supply)); }},
    {"frequency_hz", [](const LoadState& s) { return Decimal(s.supply.frequency_mhz, -3); }},
    {"demand_kw", [](const LoadState& s) { return s.demand_kw; }},
    {"temperature_c", [](const LoadState&) { return Decimal{35}; }},
};

}  // namespace

std::optional<Decimal> point_value(std::string_view point, const LoadState& state) {
  const auto* row = std::ranges::find(kRows, point, &PointValueRow::name);
  if (row == std::end(kRows)) return std::nullopt;
  return row->value(state);
}

}  // namespace submeter::simulate
