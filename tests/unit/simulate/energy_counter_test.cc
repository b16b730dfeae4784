// SPDX-License-Identifier: Apache-2.0
#include "simulate/energy_counter.h"

#include <gtest/gtest.h>

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;

Supply supply_of(std::int64_t power_mw, std::int64_t reactive_mvar) {
  Supply supply;
  supply.phases[0] = {.power_mw = power_mw, .reactive_mvar = reactive_mvar};
  return supply;
}

TEST(EnergyCounter, CountsAKilowattForAnHourAsAKilowattHour) {
  EnergyCounter counter;
  counter.add(supply_of(1'000'000, 0), 1h);
  EXPECT_EQ(counter.totals().import_kwh, Decimal{1});
  EXPECT_EQ(counter.totals().export_kwh, Decimal{0});
  EXPECT_EQ(counter.totals().apparent_import_kvah, Decimal{1});
}

TEST(EnergyCounter, LosesNothingInThousandsOfSmallSteps) {
  EnergyCounter counter;
  // 1 mW for 3,600,000 times 1 ms: 1 mWh = 10⁻⁶ kWh.
  for (int i = 0; i < 3'600'000; ++i) counter.add(supply_of(1, 0), 1ms);
  EXPECT_EQ(counter.totals().import_kwh, Decimal(1, -6));
}

TEST(EnergyCounter, CountsNegativePowerAsExport) {
  EnergyCounter counter;
  counter.add(supply_of(-2'500'000, 0), 30min);
  EXPECT_EQ(counter.totals().export_kwh, Decimal(125, -2));
  EXPECT_EQ(counter.totals().import_kwh, Decimal{0});
  EXPECT_EQ(counter.totals().apparent_import_kvah, Decimal{0});
}

TEST(EnergyCounter, NetsThePhasesOfOneInstant) {
  Supply supply;
  supply.phases[0].power_mw = 3'000'000;
  supply.phases[1].power_mw = -1'000'000;
  EnergyCounter counter;
  counter.add(supply, 1h);
  EXPECT_EQ(counter.totals().import_kwh, Decimal{2});
  EXPECT_EQ(counter.totals().export_kwh, Decimal{0});
}

TEST(EnergyCounter, PutsReactiveEnergyIntoItsQuadrant) {
  const struct {
    std::int64_t power, reactive;
    std::size_t quadrant;
  } cases[] = {{1, 1'000'000, 0}, {-1, 1'000'000, 1}, {-1, -1'000'000, 2}, {1, -1'000'000, 3}};
  for (const auto& one : cases) {
    EnergyCounter counter;
    counter.add(supply_of(one.power, one.reactive), 1h);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(counter.totals().reactive_kvarh.at(i), Decimal{i == one.quadrant ? 1 : 0}) << one.quadrant;
    }
  }
}

TEST(EnergyCounter, AveragesDemandOverWholeQuartersOfAnHour) {
  EnergyCounter counter;
  EXPECT_EQ(counter.demand_kw(), Decimal{0});
  counter.add(supply_of(2'000'000, 0), 5min);
  EXPECT_EQ(counter.demand_kw(), Decimal{2});
  counter.add(supply_of(5'000'000, 0), 10min);
  EXPECT_EQ(counter.demand_kw(), Decimal{4});
  counter.add(supply_of(100'000'000, 0), 14min);
  EXPECT_EQ(counter.demand_kw(), Decimal{4});
}

TEST(EnergyCounter, StopsWhenItIsFull) {
  EnergyCounter counter;
  const std::int64_t giant = 9'000'000'000'000;
  counter.add(supply_of(giant, 0), 1'000s);
  const Decimal full = counter.totals().import_kwh;
  counter.add(supply_of(giant, 0), 1'000s);
  EXPECT_EQ(counter.totals().import_kwh, full);
}

}  // namespace
}  // namespace submeter::simulate
