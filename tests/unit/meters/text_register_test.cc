// SPDX-License-Identifier: Apache-2.0
#include "meters/text_register.h"

#include <gtest/gtest.h>

namespace submeter::meters {
namespace {

using Words = std::vector<std::uint16_t>;

MapPoint text_point(std::uint16_t length, WordOrder order = WordOrder::kABCD) {
  MapPoint point;
  point.type = Type::kString;
  point.length = length;
  point.order = order;
  return point;
}

// ASCII: S 53, D 44, M 4D, 6 36, 3 33, 0 30.
TEST(TextRegister, ReadsTwoCharactersARegister) {
  EXPECT_EQ(text_of(text_point(3), Words{0x5344, 0x4D36, 0x3330}), "SDM630");
  EXPECT_EQ(text_of(text_point(3, WordOrder::kBADC), Words{0x4453, 0x364D, 0x3033}), "SDM630");
}

TEST(TextRegister, EndsAtTheFirstZeroAndDropsSpacesAroundTheText) {
  EXPECT_EQ(text_of(text_point(3), Words{0x5344, 0x4D00, 0x3330}), "SDM");
  EXPECT_EQ(text_of(text_point(3), Words{0x2053, 0x2044, 0x2020}), "S D");
}

TEST(TextRegister, HoldsNoTextWhereItWasNeverFilled) {
  EXPECT_EQ(text_of(text_point(2), Words{0, 0}), std::nullopt);
  EXPECT_EQ(text_of(text_point(2), Words{0x2020, 0x2020}), std::nullopt);
  EXPECT_EQ(text_of(text_point(2), Words{0xFFFF, 0xFFFF}), std::nullopt);
  EXPECT_EQ(text_of(text_point(2), Words{0x4107, 0x4242}), std::nullopt);
}

TEST(TextRegister, IsFilledWithZerosByASimulatedMeterAndCutWhereItEnds) {
  EXPECT_EQ(words_of(text_point(3), "SDM6"), (Words{0x5344, 0x4D36, 0}));
  EXPECT_EQ(words_of(text_point(2, WordOrder::kBADC), "SDM630"), (Words{0x4453, 0x364D}));
  EXPECT_EQ(words_of(text_point(2), "SDM"), (Words{0x5344, 0x4D00}));
}

}  // namespace
}  // namespace submeter::meters
