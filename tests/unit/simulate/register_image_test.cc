// SPDX-License-Identifier: Apache-2.0
#include "simulate/register_image.h"

#include <gtest/gtest.h>

#include <array>

namespace submeter::simulate {
namespace {

using meters::RegisterRange;
using meters::Table;

constexpr std::array kUsed = {RegisterRange{Table::kInput, RegisterAddress{10}, 2},
                              RegisterRange{Table::kInput, RegisterAddress{0}, 2},
                              RegisterRange{Table::kHolding, RegisterAddress{0}, 1}};

TEST(RegisterImage, JoinsBlocksOverHolesItMayFill) {
  const RegisterImage image(kUsed, 8);
  ASSERT_NE(image.find(Table::kInput, 5), nullptr);
  EXPECT_EQ(image.find(Table::kInput, 5)->words.size(), 12U);
  EXPECT_EQ(image.find(Table::kInput, 12), nullptr);
}

TEST(RegisterImage, LeavesLargerHolesOpen) {
  const RegisterImage image(kUsed, 7);
  EXPECT_NE(image.find(Table::kInput, 1), nullptr);
  EXPECT_EQ(image.find(Table::kInput, 2), nullptr);
  EXPECT_EQ(image.find(Table::kInput, 9), nullptr);
  EXPECT_EQ(image.find(Table::kInput, 10)->start, 10);
}

TEST(RegisterImage, KeepsTheTablesApart) {
  RegisterImage image(kUsed, 8);
  image.store(Table::kHolding, RegisterAddress{0}, std::array<std::uint16_t, 1>{7});
  EXPECT_EQ(image.find(Table::kHolding, 0)->words[0], 7);
  EXPECT_EQ(image.find(Table::kInput, 0)->words[0], 0);
  EXPECT_EQ(image.find(Table::kHolding, 1), nullptr);
}

TEST(RegisterImage, IgnoresWordsThatDoNotFit) {
  RegisterImage image(kUsed, 8);
  image.store(Table::kInput, RegisterAddress{11}, std::array<std::uint16_t, 2>{7, 7});
  EXPECT_EQ(image.find(Table::kInput, 11)->words[11], 0);
}

TEST(RegisterImage, EndsWithTheLastAddressThereIs) {
  const RegisterImage image(std::array{RegisterRange{Table::kInput, RegisterAddress{0xFFFF}, 2}}, 0);
  EXPECT_EQ(image.find(Table::kInput, 0xFFFF)->words.size(), 1U);
}

}  // namespace
}  // namespace submeter::simulate
