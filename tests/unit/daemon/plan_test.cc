// SPDX-License-Identifier: Apache-2.0
#include "daemon/plan.h"

#include <gtest/gtest.h>

namespace submeter::daemon {
namespace {

using namespace std::chrono_literals;

meters::RegisterMap two_channel_map() {
  meters::RegisterMap map;
  map.name = "two-channels";
  map.scaled = meters::ScaledSide::kSecondary;
  map.channels = 2;
  map.channel_stride = 10;
  meters::MapPoint power;
  power.name = "power_kw";
  power.address = {100};
  power.type = meters::Type::kInt32;
  power.unit = "W";
  map.points = {power};
  return map;
}

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    options.buses["rs485-1"].line = SerialLine{.device = "/dev/ttyUSB0"};
    options.buses["floor-2"].line = TcpEndpoint{.host = "10.0.4.20"};
    MeterOptions meter{.id = "panel",
                       .bus = "rs485-1",
                       .unit = {7},
                       .map = "two-channels",
                       .ct = {},
                       .pt = {},
                       .circuits = {}};
    meter.ct =
        TransformerRatio{.primary = Decimal{100}, .secondary = Decimal{5}, .applied_by = AppliedBy::kGateway};
    meter.circuits = {
        {.id = "hvac", .channel = 2, .points = {{.name = "power_kw", .interval = 5s}}, .labels = {}}};
    options.meters = {meter};
    maps["two-channels"] = two_channel_map();
  }

  Options options;
  std::map<std::string, meters::RegisterMap> maps;
};

TEST_F(PlanTest, PlansOnlyTheMetersOfTheBus) {
  EXPECT_EQ(make_bus_plan(options, maps, "rs485-1")->meters.size(), 1U);
  EXPECT_TRUE(make_bus_plan(options, maps, "floor-2")->meters.empty());
}

TEST_F(PlanTest, AppliesChannelUnitAndRatioToEachPoint) {
  const auto plan = make_bus_plan(options, maps, "rs485-1");
  const poll::MeterPlan& meter = plan->meters.at(0);
  EXPECT_EQ(meter.unit, UnitId{7});
  const poll::PointPlan& point = meter.circuits.at(0).points.at(0);
  EXPECT_EQ(point.point.point.address, RegisterAddress{110});  // 100 + one stride
  EXPECT_EQ(point.point.factor, Decimal(2, -2));               // W to kW, times 100/5
  EXPECT_EQ(point.interval, 5s);
}

TEST_F(PlanTest, CarriesWhatTheChecksOfTransformersNeed) {
  meters::MapPoint current = maps["two-channels"].points[0];
  current.name = "current_l3_a";
  current.unit = "A";
  maps["two-channels"].points.push_back(current);
  maps["two-channels"].ct_check = meters::CtCheck{.reg = current, .secondary = {}};
  const auto plan = make_bus_plan(options, maps, "rs485-1");
  const poll::MeterPlan& meter = plan->meters.at(0);
  EXPECT_EQ(meter.phases, 3);
  EXPECT_EQ(meter.ct, options.meters[0].ct);
  EXPECT_EQ(meter.ct_check, maps["two-channels"].ct_check);
}

TEST_F(PlanTest, CountsARegisterOnTcpAsLessThanOnASlowLine) {
  EXPECT_LT(make_bus_plan(options, maps, "floor-2")->cost.per_register,
            make_bus_plan(options, maps, "rs485-1")->cost.per_register);
}

TEST_F(PlanTest, NamesTheMeterWhoseMapIsMissing) {
  maps.clear();
  const auto plan = make_bus_plan(options, maps, "rs485-1");
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().message, "meter panel: no register map two-channels");
}

}  // namespace
}  // namespace submeter::daemon
