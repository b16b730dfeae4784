// SPDX-License-Identifier: Apache-2.0
#include "meters/binding.h"

#include <gtest/gtest.h>

#include <set>
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

/// What a point is multiplied by; 1 unless the gateway applies a ratio. CT 400:5, PT 11000:110.
struct Applied {
  const char* point;
  const char* ct;
  const char* pt;
  const char* both;
  bool turns_around;     ///< Its sign, behind a reversed CT.
  const char* opposite;  ///< The register that counts it then; "" where none does.
};

constexpr Applied kApplied[] = {
    {"energy_import_kwh", "80.0", "100.0", "8000.0", false, "energy_export_kwh"},
    {"energy_export_kwh", "80.0", "100.0", "8000.0", false, "energy_import_kwh"},
    {"reactive_import_kvarh", "80.0", "100.0", "8000.0", false, "reactive_export_kvarh"},
    {"reactive_export_kvarh", "80.0", "100.0", "8000.0", false, "reactive_import_kvarh"},
    {"reactive_q1_kvarh", "80.0", "100.0", "8000.0", false, "reactive_q3_kvarh"},
    {"reactive_q2_kvarh", "80.0", "100.0", "8000.0", false, "reactive_q4_kvarh"},
    {"reactive_q3_kvarh", "80.0", "100.0", "8000.0", false, "reactive_q1_kvarh"},
    {"reactive_q4_kvarh", "80.0", "100.0", "8000.0", false, "reactive_q2_kvarh"},
    {"apparent_import_kvah", "80.0", "100.0", "8000.0", false, ""},
    {"power_kw", "80.0", "100.0", "8000.0", true, "power_kw"},
    {"power_l2_kw", "80.0", "100.0", "8000.0", true, "power_l2_kw"},
    {"demand_kw", "80.0", "100.0", "8000.0", true, "demand_kw"},
    {"reactive_power_kvar", "80.0", "100.0", "8000.0", true, "reactive_power_kvar"},
    {"apparent_power_kva", "80.0", "100.0", "8000.0", false, "apparent_power_kva"},
    {"pf", "1.0", "1.0", "1.0", true, "pf"},
    {"voltage_l1n_v", "1.0", "100.0", "100.0", false, "voltage_l1n_v"},
    {"current_l1_a", "80.0", "1.0", "80.0", false, "current_l1_a"},
    {"frequency_hz", "1.0", "1.0", "1.0", false, "frequency_hz"},
    {"temperature_c", "1.0", "1.0", "1.0", false, "temperature_c"},
    {"x_thd", "1.0", "1.0", "1.0", false, "x_thd"},
};

/// Every point of the table in registers of its own, in its published unit.
RegisterMap table_map(ScaledSide scaled) {
  RegisterMap map = map_of(scaled);
  map.points.clear();
  for (const Applied& row : kApplied) {
    map.points.push_back(point(row.point, "", static_cast<std::uint16_t>(2 * map.points.size())));
  }
  return map;
}

TEST(BindPoint, TableHasEveryQuantity) {
  std::set<Quantity> quantities;
  for (const Applied& row : kApplied) quantities.insert(*quantity_of(row.point));
  EXPECT_EQ(quantities.size(), static_cast<std::size_t>(Quantity::kOther) + 1);
}

TEST(BindPoint, MultipliesEveryQuantityExactlyOnceWhereTheGatewayApplies) {
  const RegisterMap map = table_map(ScaledSide::kSecondary);
  const auto ct = ratio(400, 5, AppliedBy::kGateway);
  const auto pt = ratio(11000, 110, AppliedBy::kGateway);
  for (const Applied& row : kApplied) {
    EXPECT_EQ(factor(map, row.point), "1.0") << row.point;
    EXPECT_EQ(factor(map, row.point, ct), row.ct) << row.point;
    EXPECT_EQ(factor(map, row.point, {}, pt), row.pt) << row.point;
    EXPECT_EQ(factor(map, row.point, ct, pt), row.both) << row.point;
  }
}

TEST(BindPoint, LeavesEveryQuantityToAMeterThatApplies) {
  const RegisterMap map = table_map(ScaledSide::kPrimary);
  const auto ct = ratio(400, 5, AppliedBy::kMeter);
  const auto pt = ratio(11000, 110, AppliedBy::kMeter);
  for (const Applied& row : kApplied) {
    EXPECT_EQ(factor(map, row.point, ct), "1.0") << row.point;
    EXPECT_EQ(factor(map, row.point, {}, pt), "1.0") << row.point;
    EXPECT_EQ(factor(map, row.point, ct, pt), "1.0") << row.point;
  }
}

TEST(BindPoint, TurnsEveryQuantityAroundExactlyOnceWhereTheCtIsReversed) {
  for (const AppliedBy by : {AppliedBy::kGateway, AppliedBy::kMeter}) {
    const bool gateway = by == AppliedBy::kGateway;
    const RegisterMap map = table_map(gateway ? ScaledSide::kSecondary : ScaledSide::kPrimary);
    auto ct = ratio(400, 5, by);
    ct.reversed = true;
    const auto pt = ratio(11000, 110, by);
    for (const Applied& row : kApplied) {
      if (std::string_view(row.opposite).empty()) continue;
      const std::string sign = row.turns_around ? "-" : "";
      EXPECT_EQ(factor(map, row.point, ct), sign + (gateway ? row.ct : "1.0")) << row.point;
      EXPECT_EQ(factor(map, row.point, ct, pt), sign + (gateway ? row.both : "1.0")) << row.point;
      const auto bound = bind_point(map, row.point, 1, ct, pt);
      ASSERT_TRUE(bound) << row.point;
      EXPECT_EQ(bound->point.name, row.point);
      EXPECT_EQ(bound->point.address, map.find(row.opposite)->address) << row.point;
    }
  }
}

TEST(BindPoint, SaysWhatNoRegisterHoldsWhereTheCtIsReversed) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.points.push_back(point("apparent_import_kvah", ""));
  auto ct = ratio(400, 5, AppliedBy::kMeter);
  ct.reversed = true;
  EXPECT_EQ(factor(map, "energy_import_kwh", ct),
            "with ct.reversed the meter counts energy_import_kwh as energy_export_kwh, which map test-meter "
            "does not "
            "have; leave it out, or turn the current transformer round");
  EXPECT_EQ(factor(map, "apparent_import_kvah", ct),
            "with ct.reversed no register holds apparent_import_kvah; leave it out, or turn the current "
            "transformer "
            "round");
  EXPECT_EQ(factor(map, "energy_export_kwh", ct), "1.0");
}

TEST(BindPoint, TurnsTheOffsetAroundWithTheSign) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.points[0].offset = Decimal(-50);
  auto ct = ratio(400, 5, AppliedBy::kMeter);
  ct.reversed = true;
  const auto bound = bind_point(map, "power_kw", 1, ct, {});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->offset, Decimal(5, -2));
}

TEST(BindPoint, LeavesThePowerFactorThatHasNoSignOfPowerAsItIs) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  auto ct = ratio(400, 5, AppliedBy::kMeter);
  ct.reversed = true;
  for (const PfEncoding encoding : {PfEncoding::kUnsigned, PfEncoding::kIeee}) {
    map.points[5].encoding = encoding;
    EXPECT_EQ(factor(map, "pf", ct), "1.0");
  }
  map.points[5].encoding = PfEncoding::kPercent;
  EXPECT_EQ(factor(map, "pf", ct), "-0.01");
  EXPECT_EQ(factor(map, "pf"), "0.01");
}

TEST(BindPoint, NeedsNoRatioOfADirectlyConnectedMeter) {
  EXPECT_EQ(factor(map_of(ScaledSide::kSecondary), "power_kw"), "0.001");
  EXPECT_EQ(factor(map_of(ScaledSide::kPrimary), "power_kw"), "0.001");
}

TEST(BindPoint, SaysWhatToChangeWhereTheRatioWouldBeAppliedTwice) {
  const RegisterMap map = map_of(ScaledSide::kPrimary);
  const auto twice = ratio(400, 5, AppliedBy::kGateway);
  for (const std::string kind : {"ct", "pt"}) {
    const bool is_ct = kind == "ct";
    const auto message = is_ct ? factor(map, "power_kw", twice) : factor(map, "power_kw", {}, twice);
    EXPECT_NE(message.find(kind + " would be applied twice"), std::string::npos) << message;
    EXPECT_NE(message.find(kind + ".applied_by: meter"), std::string::npos) << message;
  }
}

TEST(BindPoint, SaysWhatToChangeWhereNobodyWouldApplyTheRatio) {
  const RegisterMap map = map_of(ScaledSide::kSecondary);
  const auto nobody = ratio(400, 5, AppliedBy::kMeter);
  for (const std::string kind : {"ct", "pt"}) {
    const bool is_ct = kind == "ct";
    const auto message = is_ct ? factor(map, "power_kw", nobody) : factor(map, "power_kw", {}, nobody);
    EXPECT_NE(message.find("nobody would apply the ratio of " + kind), std::string::npos) << message;
    EXPECT_NE(message.find(kind + ".applied_by: gateway"), std::string::npos) << message;
  }
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

TEST(BindPoint, MovesByTheStrideOfThePointWhereItHasOne) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.channels = 12;
  map.channel_stride = 20;
  map.points[0].stride = 2;
  map.points[1].stride = 0;
  EXPECT_EQ(bind_point(map, "power_kw", 12, {}, {})->point.address.value, 122);
  EXPECT_EQ(bind_point(map, "energy_import_kwh", 12, {}, {})->point.address.value, 100);
}

TEST(BindPoint, MovesTheScaleRegisterWithItsValueUnlessAllChannelsShareIt) {
  RegisterMap map = map_of(ScaledSide::kPrimary);
  map.channels = 12;
  map.channel_stride = 4;
  map.points[0].type = Type::kInt16;
  map.points[0].scale_from = ScaleRegister{.address = {102}};
  EXPECT_EQ(range_of(*bind_point(map, "power_kw", 3, {}, {})), (RegisterRange{Table::kInput, {108}, 3}));
  map.points[0].scale_from->shared = true;
  EXPECT_EQ(range_of(*bind_point(map, "power_kw", 3, {}, {})), (RegisterRange{Table::kInput, {102}, 7}));
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
  EXPECT_EQ(width(Type::kBcd16), 1);
  EXPECT_EQ(width(Type::kBcd32), 2);
  EXPECT_EQ(width(Type::kMod10k32), 2);
  EXPECT_EQ(width(Type::kMod10k48), 3);
  EXPECT_EQ(width(Type::kMod10k64), 4);
  EXPECT_EQ(width(Type::kBits), 1);
  MapPoint text;
  text.type = Type::kString;
  text.length = 8;
  EXPECT_EQ(text.width(), 8);
}

}  // namespace
}  // namespace submeter::meters
