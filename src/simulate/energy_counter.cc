// SPDX-License-Identifier: Apache-2.0
#include "simulate/energy_counter.h"

#include <cmath>
#include <cstdlib>

namespace submeter::simulate {
namespace {

using std::chrono::milliseconds;

// IEC 62053-23, load convention: Q1 import inductive, Q2 export inductive, Q3 export capacitive, Q4 import
// capacitive.
std::size_t quadrant_index(std::int64_t power, std::int64_t reactive) {
  if (reactive >= 0) return power >= 0 ? 0 : 1;
  return power >= 0 ? 3 : 2;
}

void count(std::int64_t& counter, std::int64_t milli, milliseconds span) {
  std::int64_t added = 0;
  std::int64_t sum = 0;
  if (__builtin_mul_overflow(milli, span.count(), &added)) return;
  if (!__builtin_add_overflow(counter, added, &sum)) counter = sum;
}

Decimal kilowatt_hours(std::int64_t microjoules) {
  return Decimal(microjoules).divided_by(Decimal(36, 11)).value_or(Decimal{});
}

}  // namespace

std::int64_t Supply::power_mw() const {
  return phases[0].power_mw + phases[1].power_mw + phases[2].power_mw;
}

std::int64_t Supply::reactive_mvar() const {
  return phases[0].reactive_mvar + phases[1].reactive_mvar + phases[2].reactive_mvar;
}

std::int64_t apparent_mva(const Supply& supply) {
  return std::llround(
      std::hypot(static_cast<double>(supply.power_mw()), static_cast<double>(supply.reactive_mvar())));
}

void EnergyCounter::add(const Supply& supply, milliseconds span) {
  const std::int64_t power = supply.power_mw();
  const std::int64_t reactive = supply.reactive_mvar();
  count(power >= 0 ? import_uj_ : export_uj_, std::abs(power), span);
  count(reactive_uj_[quadrant_index(power, reactive)], std::abs(reactive), span);
  if (power >= 0) count(apparent_uj_, apparent_mva(supply), span);
  add_to_demand(power, span);
}

void EnergyCounter::add_to_demand(std::int64_t power_mw, milliseconds span) {
  count(demand_uj_, power_mw, span);
  demand_span_ += span;
  if (demand_span_ < kDemandPeriod) return;
  last_demand_mw_ = demand_uj_ / demand_span_.count();
  has_demand_ = true;
  demand_uj_ = 0;
  demand_span_ = milliseconds{0};
}

EnergyTotals EnergyCounter::totals() const {
  EnergyTotals totals;
  totals.import_kwh = kilowatt_hours(import_uj_);
  totals.export_kwh = kilowatt_hours(export_uj_);
  for (std::size_t i = 0; i < reactive_uj_.size(); ++i)
    totals.reactive_kvarh[i] = kilowatt_hours(reactive_uj_[i]);
  totals.apparent_import_kvah = kilowatt_hours(apparent_uj_);
  return totals;
}

Decimal EnergyCounter::demand_kw() const {
  if (has_demand_) return kilo_of_milli(last_demand_mw_);
  return demand_span_.count() == 0 ? Decimal{} : kilo_of_milli(demand_uj_ / demand_span_.count());
}

}  // namespace submeter::simulate
