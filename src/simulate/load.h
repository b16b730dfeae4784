// SPDX-License-Identifier: Apache-2.0
// What flows behind a simulated meter: the supply of one instant, and the energy counted up to it. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "submeter/decimal.h"
#include "submeter/time.h"

namespace submeter::simulate {

/// One phase. Whole milli-units, so that energy is an exact sum. Power in load convention: + is import.
struct Phase {
  std::int64_t power_mw = 0;
  std::int64_t reactive_mvar = 0;  ///< + is inductive.
  std::int64_t voltage_mv = 230'000;
  bool operator==(const Phase&) const = default;
};

struct Supply {
  int phase_count = 3;  ///< 1 or 3; the phases beyond are dead.
  std::array<Phase, 3> phases;
  std::int64_t frequency_mhz = 50'000;  ///< Millihertz.

  std::int64_t power_mw() const;
  std::int64_t reactive_mvar() const;
  bool operator==(const Supply&) const = default;
};

/// What the registers of a meter have counted.
struct EnergyTotals {
  Decimal import_kwh;
  Decimal export_kwh;
  std::array<Decimal, 4> reactive_kvarh;  ///< By quadrant, Q1 first.
  Decimal apparent_import_kvah;
};

struct LoadState {
  Supply supply;
  EnergyTotals energy;
  Decimal demand_kw;  ///< Average of the last whole quarter of an hour; of what there is before the first.
};

class Load {
 public:
  virtual ~Load() = default;
  /// The state `elapsed` after the start. `elapsed` never goes back from one call to the next.
  virtual LoadState at(Duration elapsed) = 0;
};

}  // namespace submeter::simulate
