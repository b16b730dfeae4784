// SPDX-License-Identifier: Apache-2.0
#include "simulate/point_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "meters/points.h"
#include "simulate/daily_load.h"

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;

double value(const char* point, const LoadState& state) {
  return point_value(point, state)->to_double();
}

double phase_value(const char* before, int phase, const char* after, const LoadState& state) {
  return value((before + std::to_string(phase) + after).c_str(), state);
}

class AnySupply : public testing::TestWithParam<LoadShape> {
 protected:
  LoadState state_ =
      DailyLoad({.shape = GetParam(), .peak_kw = 60.0, .phase_count = 3, .seed = 7}).at(3h + 500ms);
};
INSTANTIATE_TEST_SUITE_P(Shapes, AnySupply,
                         testing::Values(LoadShape::kOffice, LoadShape::kSteady, LoadShape::kSolar));

TEST_P(AnySupply, HasPowerThatIsVoltageTimesCurrentTimesPowerFactor) {
  double sum = 0.0;
  for (int i = 1; i <= 3; ++i) {
    const double watts = phase_value("voltage_l", i, "n_v", state_) *
                         phase_value("current_l", i, "_a", state_) * phase_value("pf_l", i, "", state_);
    EXPECT_NEAR(watts / 1e3, phase_value("power_l", i, "_kw", state_), 1e-3);
    sum += watts / 1e3;
  }
  EXPECT_NEAR(sum, value("power_kw", state_), 3e-3);
}

TEST_P(AnySupply, HasApparentPowerOverActiveAndReactive) {
  const double active = value("power_kw", state_);
  const double reactive = value("reactive_power_kvar", state_);
  EXPECT_NEAR(value("apparent_power_kva", state_), std::hypot(active, reactive), 1e-5);
  EXPECT_NEAR(value("pf", state_), active / std::hypot(active, reactive), 1e-5);
}

TEST_P(AnySupply, HasLineVoltagesRootThreeAboveItsPhases) {
  for (const char* name : {"voltage_l12_v", "voltage_l23_v", "voltage_l31_v"}) {
    EXPECT_NEAR(value(name, state_), 230.0 * std::sqrt(3.0), 15.0) << name;
  }
}

TEST_P(AnySupply, AnswersEveryStandardPoint) {
  for (const meters::PointInfo& point : meters::standard_points()) {
    EXPECT_TRUE(point_value(point.name, state_).has_value()) << point.name;
  }
  EXPECT_FALSE(point_value("x_anything", state_).has_value());
}

LoadState resistors(double watts_1, double watts_2, double watts_3) {
  LoadState state;
  state.supply.phases[0].power_mw = std::llround(watts_1 * 1e3);
  state.supply.phases[1].power_mw = std::llround(watts_2 * 1e3);
  state.supply.phases[2].power_mw = std::llround(watts_3 * 1e3);
  return state;
}

TEST(PointValues, HaveNoNeutralCurrentInABalancedSupply) {
  EXPECT_NEAR(value("current_n_a", resistors(2'300, 2'300, 2'300)), 0.0, 1e-5);
}

TEST(PointValues, ReturnTheCurrentOfASinglePhaseThroughTheNeutral) {
  EXPECT_EQ(point_value("current_n_a", resistors(2'300, 0, 0)), Decimal{10});
  EXPECT_EQ(point_value("current_l1_a", resistors(2'300, 0, 0)), Decimal{10});
  EXPECT_EQ(point_value("pf_l1", resistors(2'300, 0, 0)), Decimal{1});
}

TEST(PointValues, GiveThePowerFactorTheSignOfThePower) {
  EXPECT_EQ(point_value("pf", resistors(-2'300, 0, 0)), Decimal{-1});
  EXPECT_EQ(point_value("pf", resistors(0, 0, 0)), Decimal{1});
}

TEST(PointValues, AddQuadrantsToReactiveImportAndExport) {
  LoadState state;
  state.energy.reactive_kvarh = {Decimal{1}, Decimal{2}, Decimal{4}, Decimal{8}};
  EXPECT_EQ(point_value("reactive_import_kvarh", state), Decimal{3});
  EXPECT_EQ(point_value("reactive_export_kvarh", state), Decimal{12});
  EXPECT_EQ(point_value("reactive_q3_kvarh", state), Decimal{4});
}

}  // namespace
}  // namespace submeter::simulate
