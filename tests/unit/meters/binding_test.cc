// SPDX-License-Identifier: Apache-2.0
#include "meters/binding.h"

#include <gtest/gtest.h>

#include <string>

namespace submeter::meters {
namespace {

MapPoint point(std::string name, std::string unit, std::uint16_t address = 100) {
  MapPoint made;
  made.name = std::move(name);
  made.unit = std::move(unit);
  made.address = {address};
  return made;
}

RegisterMap map_of(ScaledSide scaled) {
  RegisterMap map;
  map.name = "test-meter";
  map.scaled = scaled;
  map.points = {point("power_kw", "W"),
                point("energy_import_kwh", "kWh"),
                point("reactive_power_kvar", "var"),
                point("voltage_l1n_v", "V"),
                point("current_l1_a", "A"),
                point("pf", ""),
                point("frequency_hz", "Hz"),
                point("x_thd", "%")};
  return map;
}

TransformerRatio ratio(std::int64_t primary, std::int64_t secondary, AppliedBy by) {
  return {Decimal(primary), Decimal(secondary), by};
}

std::string factor(const RegisterMap& map, std::string_view name,
                   const std::optional<TransformerRatio>& ct = {},
                   const std::optional<TransformerRatio>& pt = {}) {
  const auto bound = bind_point(map, name, 1, ct, pt);
  return bound ? bound->factor.to_string() : bound.error().message;
}

TEST(BindPoint, LeavesTheRatioToAMeterThatAppliesIt) {
  const RegisterMap map = map_of(ScaledSide::kPrimary);
  const auto ct = ratio(400, 5, AppliedBy::kMeter);
  EXPECT_EQ(factor(map, "power_kw", ct), "0.001");
  EXPECT_EQ(factor(map, "energy_import_kwh", ct), "1.0");
  EXPECT_EQ(factor(map, "current_l1_a", ct), "1.0");
}

TEST(BindPoint, MultipliesCurrentPowerAndEnergyByTheCtRatioOnce) {
  const RegisterMap map = map_of(ScaledSide::kSecondary);
  const auto ct = ratio(400, 5, AppliedBy::kGateway);
  EXPECT_EQ(factor(map, "power_kw", ct), "0.08");
  EXPECT_EQ(factor(map, "reactive_power_kvar", ct), "0.08");
  EXPECT_EQ(factor(map, "energy_import_kwh", ct), "80.0");
  EXPECT_EQ(factor(map, "current_l1_a", ct), "80.0");
  for (const auto* untouched : {"voltage_l1n_v", "pf", "frequency_hz", "x_thd"}) {
    EXPECT_EQ(factor(map, untouched, ct), "1.0") << untouched;
  }
}

TEST(BindPoint, MultipliesVoltagePowerAndEnergyByThePtRatioOnce) {
  const RegisterMap map = map_of(ScaledSide::kSecondary);
  const auto pt = ratio(11000, 110, AppliedBy::kGateway);
  EXPECT_EQ(factor(map, "voltage_l1n_v", {}, pt), "100.0");
  EXPECT_EQ(factor(map, "power_kw", {}, pt), "0.1");
  EXPECT_EQ(factor(map, "energy_import_kwh", {}, pt), "100.0");
  for (const auto* untouched : {"current_l1_a", "pf", "frequency_hz", "x_thd"}) {
    EXPECT_EQ(factor(map, untouched, {}, pt), "1.0") << untouched;
  }
  EXPECT_EQ(factor(map, "power_kw", ratio(400, 5, AppliedBy::kGateway), pt), "8.0");
}

TEST(BindPoint, NeedsNoRatioOfADirectlyConnectedMeter) {
  EXPECT_EQ(factor(map_of(ScaledSide::kSecondary), "power_kw"), "0.001");
  EXPECT_EQ(factor(map_of(ScaledSide::kPrimary), "power_kw"), "0.001");
}

TEST(BindPoint, SaysWhatToChangeWhereTheRatioWouldBeAppliedTwice) {
  const auto message = factor(map_of(ScaledSide::kPrimary), "power_kw", ratio(400, 5, AppliedBy::kGateway));
  EXPECT_NE(message.find("ct would be applied twice"), std::string::npos) << message;
  EXPECT_NE(message.find("ct.applied_by: meter"), std::string::npos) << message;
}

TEST(BindPoint, SaysWhatToChangeWhereNobodyWouldApplyTheRatio) {
  const auto message =
      factor(map_of(ScaledSide::kSecondary), "power_kw", {}, ratio(11000, 110, AppliedBy::kMeter));
  EXPECT_NE(message.find("nobody would apply the ratio of pt"), std::string::npos) << message;
  EXPECT_NE(message.find("pt.applied_by: gateway"), std::string::npos) << message;
}

TEST(BindPoint, RefusesARatioThatIsNone) {
  const RegisterMap map = map_of(ScaledSide::kSecondary);
  EXPECT_EQ(factor(map, "power_kw", ratio(400, 0, AppliedBy::kGateway)),
            "ct 400.0:0.0 is no ratio; ct.primary and ct.secondary are above 0");
  EXPECT_EQ(factor(map, "power_kw", ratio(-400, 5, AppliedBy::kGateway)),
            "ct -400.0:5.0 is no ratio; ct.primary and ct.secondary are above 0");
}

TEST(BindPoint, CombinesScaleUnitAndOffset) {
  RegisterMap map = map_of(ScaledSide::kSecondary);
  map.points[0].scale = Decimal(1, -2);
  map.points[0].offset = Decimal(-50);
  const auto bound = bind_point(map, "power_kw", 1, ratio(10, 1, AppliedBy::kGateway), {});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->factor, Decimal(1, -4));
  EXPECT_EQ(bound->offset, Decimal(-5, -1));
  EXPECT_EQ(bound->quantity, Quantity::kActivePower);
}

TEST(BindPoint, MovesToTheRegistersOfTheChannel) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.channels = 12;
  map.channel_stride = 20;
  EXPECT_EQ(bind_point(map, "power_kw", 1, {}, {})->point.address.value, 100);
  EXPECT_EQ(bind_point(map, "power_kw", 12, {}, {})->point.address.value, 320);
  EXPECT_EQ(bind_point(map, "power_kw", 13, {}, {}).error().message,
            "channel 13 is not one of map test-meter, which has 1 to 12");
  EXPECT_FALSE(bind_point(map, "power_kw", 0, {}, {}));
}

TEST(BindPoint, RefusesRegistersBeyondTheLast) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.channels = 2;
  map.channel_stride = 10;
  map.points = {point("power_kw", "W", 65524)};
  EXPECT_TRUE(bind_point(map, "power_kw", 2, {}, {}));
  map.points = {point("power_kw", "W", 65525)};
  EXPECT_EQ(bind_point(map, "power_kw", 2, {}, {}).error().message,
            "point power_kw of channel 2 of map test-meter lies beyond the last register, 65535");
}

TEST(BindPoint, NamesThePointAMapDoesNotHave) {
  EXPECT_EQ(factor(map_of(ScaledSide::kPrimary), "power_l1_kw"), "map test-meter has no point power_l1_kw");
}

TEST(BindPoint, RefusesAUnitThatMeasuresSomethingElseAndAScaleOfZero) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.points[0].unit = "kWh";
  EXPECT_EQ(factor(map, "power_kw"), "unit kWh of point power_kw does not convert to kW");
  map.points[0].unit = "W";
  map.points[0].scale = Decimal();
  EXPECT_NE(factor(map, "power_kw").find("scale 0.0"), std::string::npos);
}

TEST(RegisterMap, FindsItsPointsByName) {
  const RegisterMap map = map_of(ScaledSide::kPrimary);
  ASSERT_NE(map.find("pf"), nullptr);
  EXPECT_EQ(map.find("pf")->name, "pf");
  EXPECT_EQ(map.find("pf_l1"), nullptr);
}

TEST(RegisterMap, KnowsTheRegistersOfEveryType) {
  EXPECT_EQ(width(Type::kInt16), 1);
  EXPECT_EQ(width(Type::kUint16), 1);
  EXPECT_EQ(width(Type::kInt32), 2);
  EXPECT_EQ(width(Type::kUint32), 2);
  EXPECT_EQ(width(Type::kFloat32), 2);
  EXPECT_EQ(width(Type::kInt64), 4);
  EXPECT_EQ(width(Type::kUint64), 4);
  EXPECT_EQ(width(Type::kFloat64), 4);
}

}  // namespace
}  // namespace submeter::meters
