// SPDX-License-Identifier: Apache-2.0
#include "meters/points.h"

#include <gtest/gtest.h>

#include <set>

namespace submeter::meters {
namespace {

TEST(Points, AreThoseOfTheSpecificationEachOnce) {
  std::set<std::string_view> names;
  for (const PointInfo& point : standard_points()) EXPECT_TRUE(names.insert(point.name).second) << point.name;
  for (const auto* name : {"energy_import_kwh", "reactive_q4_kvarh", "apparent_import_kvah", "power_l3_kw",
                           "reactive_power_l1_kvar", "apparent_power_l2_kva", "pf", "pf_l3", "voltage_l1n_v",
                           "voltage_l31_v", "current_n_a", "frequency_hz", "demand_kw", "temperature_c"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
}

TEST(Points, HaveAQuantityThatTheirNameEndsWith) {
  EXPECT_EQ(quantity_of("energy_import_kwh"), Quantity::kActiveEnergy);
  EXPECT_EQ(quantity_of("demand_kw"), Quantity::kActivePower);
  EXPECT_EQ(quantity_of("pf_l2"), Quantity::kPowerFactor);
  EXPECT_EQ(quantity_of("x_thd_1"), Quantity::kOther);
}

TEST(Points, DoNotHaveOtherNames) {
  for (const auto* name : {"", "power", "power_KW", "power_kw ", "x_", "x_A", "x_a b", "x-a"}) {
    EXPECT_FALSE(quantity_of(name)) << name;
  }
}

TEST(Units, ConvertByPowersOfTen) {
  EXPECT_EQ(unit_factor("W", Quantity::kActivePower), Decimal(1, -3));
  EXPECT_EQ(unit_factor("MWh", Quantity::kActiveEnergy), Decimal(1000));
  EXPECT_EQ(unit_factor("varh", Quantity::kReactiveEnergy), Decimal(1, -3));
  EXPECT_EQ(unit_factor("VA", Quantity::kApparentPower), Decimal(1, -3));
  EXPECT_EQ(unit_factor("kV", Quantity::kVoltage), Decimal(1000));
  EXPECT_EQ(unit_factor("%", Quantity::kPowerFactor), Decimal(1, -2));
  EXPECT_EQ(unit_factor("", Quantity::kActivePower), Decimal(1));
  EXPECT_EQ(unit_factor("furlong", Quantity::kOther), Decimal(1));
}

TEST(Units, AreRefusedWhereTheyMeasureSomethingElse) {
  EXPECT_FALSE(unit_factor("W", Quantity::kActiveEnergy));
  EXPECT_FALSE(unit_factor("kw", Quantity::kActivePower));
  EXPECT_FALSE(unit_factor("VA", Quantity::kReactivePower));
}

TEST(Units, EndTheNameOfEveryPointPublishedInThem) {
  EXPECT_EQ(published_unit(Quantity::kActivePower), "kW");
  EXPECT_EQ(published_unit(Quantity::kApparentEnergy), "kVAh");
  EXPECT_EQ(published_unit(Quantity::kTemperature), "°C");
  EXPECT_EQ(published_unit(Quantity::kPowerFactor), "");
  EXPECT_EQ(published_unit(Quantity::kOther), "");
  for (const PointInfo& point : standard_points()) {
    EXPECT_EQ(unit_factor(published_unit(point.quantity), point.quantity), Decimal(1)) << point.name;
  }
}

}  // namespace
}  // namespace submeter::meters
