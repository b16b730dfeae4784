// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "simulate/load.h"

namespace submeter::simulate {

/// Integrates power over time without rounding: milliwatts times milliseconds are whole microjoules. Good
/// for 2.5 GWh, then the counters are full and stop.
class EnergyCounter {
 public:
  /// `supply` did not change for `span`.
  void add(const Supply& supply, std::chrono::milliseconds span);
  EnergyTotals totals() const;
  Decimal demand_kw() const;

 private:
  static constexpr std::chrono::milliseconds kDemandPeriod = std::chrono::minutes{15};

  void add_to_demand(std::int64_t power_mw, std::chrono::milliseconds span);

  std::int64_t import_uj_ = 0;
  std::int64_t export_uj_ = 0;
  std::array<std::int64_t, 4> reactive_uj_{};
  std::int64_t apparent_uj_ = 0;
  std::int64_t demand_uj_ = 0;  // of the period under way
  std::chrono::milliseconds demand_span_{0};
  std::int64_t last_demand_mw_ = 0;
  bool has_demand_ = false;
};

/// Milliwatts to kW, and the like: an exact 10⁻⁶.
inline Decimal kilo_of_milli(std::int64_t milli) {
  return Decimal(milli, -6);
}
/// √(P² + Q²) of the totals, rounded.
std::int64_t apparent_mva(const Supply& supply);

}  // namespace submeter::simulate
