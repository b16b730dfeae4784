// SPDX-License-Identifier: Apache-2.0
#include "simulate/scale_registers.h"

#include <gtest/gtest.h>

#include <vector>

namespace submeter::simulate {
namespace {

using meters::ScaleRegister;
using meters::Type;
using Gives = ScaleRegister::Gives;

meters::BoundPoint scaled(meters::Quantity quantity, Type type, ScaleRegister scale,
                          Decimal factor = Decimal(1)) {
  meters::BoundPoint bound;
  bound.quantity = quantity;
  bound.factor = factor;
  bound.point.type = type;
  bound.point.scale_from = scale;
  return bound;
}

// 1000 V in an int16: 10000 × 10^-1 fits 32767, 100000 × 10^-2 does not.
TEST(ScaleRegisters, AreAsFineAsTheRegistersHaveRoom) {
  const auto volts = scaled(meters::Quantity::kVoltage, Type::kInt16, {.address = {9}});
  EXPECT_EQ(ScaleRegisters(std::vector{volts}).of(volts.point), Decimal(-1));
  const auto hertz = scaled(meters::Quantity::kFrequency, Type::kUint32, {.address = {9}});
  EXPECT_EQ(ScaleRegisters(std::vector{hertz}).of(hertz.point), Decimal(-4));
  // 1000 kW in W: 1e6 in an int16 needs hundreds.
  const auto watts = scaled(meters::Quantity::kActivePower, Type::kInt16, {.address = {9}}, Decimal(1, -3));
  EXPECT_EQ(ScaleRegisters(std::vector{watts}).of(watts.point), Decimal(2));
}

TEST(ScaleRegisters, AreThoseOfTheCoarsestPointThatSharesThem) {
  const auto fine = scaled(meters::Quantity::kFrequency, Type::kUint32, {.address = {9}});
  const auto coarse = scaled(meters::Quantity::kVoltage, Type::kInt16, {.address = {9}});
  EXPECT_EQ(ScaleRegisters(std::vector{fine, coarse}).of(fine.point), Decimal(-1));
  EXPECT_EQ(ScaleRegisters(std::vector{coarse, fine}).of(fine.point), Decimal(-1));
}

TEST(ScaleRegisters, SayWhatTheirTypeCanSay) {
  const auto said = [](Type type, Gives gives) {
    const auto volts =
        scaled(meters::Quantity::kVoltage, Type::kInt16, {.address = {9}, .type = type, .gives = gives});
    return ScaleRegisters(std::vector{volts}).of(volts.point);
  };
  EXPECT_EQ(said(Type::kUint16, Gives::kPowerOfTen), Decimal(0));
  EXPECT_EQ(said(Type::kUint16, Gives::kFactor), Decimal(1));
  EXPECT_EQ(said(Type::kFloat32, Gives::kFactor), Decimal(1, -1));
  EXPECT_EQ(said(Type::kUint16, Gives::kDivisor), Decimal(10));
}

TEST(ScaleRegisters, AreStoredBesideTheirValues) {
  const auto volts = scaled(meters::Quantity::kVoltage, Type::kInt16, {.address = {9}});
  const std::vector points{volts};
  const std::vector used{meters::range_of(volts)};
  RegisterImage image(used, 0);
  ScaleRegisters(points).store(points, image);
  const RegisterBlock* block = image.find(meters::Table::kInput, 9);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->words.at(9U - block->start), 0xFFFF);
}

}  // namespace
}  // namespace submeter::simulate
