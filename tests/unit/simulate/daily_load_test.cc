// SPDX-License-Identifier: Apache-2.0
#include "simulate/daily_load.h"

#include <gtest/gtest.h>

#include <cmath>

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;

constexpr DailyLoadOptions kOffice{
    .shape = LoadShape::kOffice, .peak_kw = 10.0, .phase_count = 3, .seed = 42};
constexpr DailyLoadOptions kSolar{.shape = LoadShape::kSolar, .peak_kw = 10.0, .phase_count = 3, .seed = 42};

// The sum of what flowed each second, in kWh.
double integral(const DailyLoad& load, std::int64_t seconds, bool import) {
  std::int64_t milliwatt_seconds = 0;
  for (std::int64_t i = 0; i < seconds; ++i) {
    const std::int64_t power = load.supply_in(i).power_mw();
    if ((power >= 0) == import) milliwatt_seconds += std::abs(power);
  }
  return static_cast<double>(milliwatt_seconds) / 3.6e9;
}

TEST(DailyLoad, CountsTheIntegralOfItsPower) {
  DailyLoad load(kOffice);
  const double expected = integral(load, 7'200, true);
  EXPECT_NEAR(load.at(7'200s).energy.import_kwh.to_double(), expected, 1e-9);
  EXPECT_GT(expected, 5.0);
}

TEST(DailyLoad, CountsTheSameHoweverOftenItIsAsked) {
  DailyLoad once(kOffice);
  DailyLoad often(kOffice);
  for (Duration at = 0ms; at < 600s; at += 137ms) often.at(at);
  EXPECT_EQ(often.at(600s).energy.import_kwh, once.at(600s).energy.import_kwh);
}

TEST(DailyLoad, IsTheSameForTheSameSeedOnly) {
  DailyLoadOptions other = kOffice;
  other.seed = 43;
  EXPECT_EQ(DailyLoad(kOffice).supply_in(1'234), DailyLoad(kOffice).supply_in(1'234));
  EXPECT_NE(DailyLoad(kOffice).supply_in(1'234), DailyLoad(other).supply_in(1'234));
}

TEST(DailyLoad, OfAnOfficeIsLowAtNight) {
  const DailyLoad load(kOffice);
  const auto noon = load.supply_in(4 * 3'600).power_mw();
  const auto night = load.supply_in(18 * 3'600).power_mw();
  EXPECT_GT(noon, 3 * night);
  EXPECT_GT(night, 0);
}

TEST(DailyLoad, OfASolarRoofExportsByDayAndImportsAtNight) {
  DailyLoad load(kSolar);
  EXPECT_LT(load.supply_in(4 * 3'600).power_mw(), -5'000'000);
  EXPECT_GT(load.supply_in(18 * 3'600).power_mw(), 0);
  const double exported = integral(load, 86'400, false);
  const double imported = integral(load, 86'400, true);
  const LoadState state = load.at(86'400s);
  EXPECT_NEAR(state.energy.export_kwh.to_double(), exported, 1e-9);
  EXPECT_NEAR(state.energy.import_kwh.to_double(), imported, 1e-9);
  EXPECT_GT(imported, 0.0);
}

TEST(DailyLoad, StaysWithinAnOrdinarySupply) {
  const DailyLoad load(kOffice);
  for (std::int64_t second = 0; second < 86'400; second += 61) {
    const Supply supply = load.supply_in(second);
    EXPECT_NEAR(static_cast<double>(supply.frequency_mhz), 50'000.0, 20.0);
    EXPECT_LT(supply.power_mw(), 13'000'000);
    for (const Phase& phase : supply.phases) {
      EXPECT_NEAR(static_cast<double>(phase.voltage_mv), 230'000.0, 11'500.0);
      EXPECT_GT(phase.reactive_mvar, 0);
    }
  }
}

TEST(DailyLoad, OfOnePhaseLeavesTheOthersDead) {
  DailyLoadOptions options = kOffice;
  options.phase_count = 1;
  const Supply supply = DailyLoad(options).supply_in(0);
  EXPECT_GT(supply.phases[0].power_mw, 0);
  EXPECT_EQ(supply.phases[1], Phase{.voltage_mv = 0});
  EXPECT_EQ(supply.phases[2], Phase{.voltage_mv = 0});
}

}  // namespace
}  // namespace submeter::simulate
