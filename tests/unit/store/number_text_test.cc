// SPDX-License-Identifier: Apache-2.0
#include "store/number_text.h"

#include <gtest/gtest.h>

#include "store/float_text.h"

namespace submeter::store {
namespace {

struct Case {
  const char* text;
  NumberText number;
};

TEST(NumberText, ReadsWholeNumbersAndDecimals) {
  for (const Case& known :
       {Case{"0", {0, 0}}, Case{"-12", {-12, 0}}, Case{"0.0", {0, 1}}, Case{"100.0", {1000, 1}},
        Case{"-0.5", {-5, 1}}, Case{"48211.36", {4821136, 2}}, Case{"0.00012", {12, 5}},
        Case{"999999999999999999", {999'999'999'999'999'999, 0}},
        Case{"-9.99999999999999999", {-999'999'999'999'999'999, 17}}}) {
    EXPECT_EQ(NumberText::parse(known.text), known.number) << known.text;
    std::string again;
    append_number(again, known.number.mantissa, known.number.decimals);
    EXPECT_EQ(again, known.text);
  }
}

TEST(NumberText, TakesNoTextThatItWouldWriteOtherwise) {
  for (const char* text : {"",
                           "-",
                           "-0",
                           "-0.0",
                           "00",
                           "01",
                           "-01",
                           "1.",
                           ".5",
                           "+1",
                           "1.50",
                           "1.00",
                           "1e3",
                           "1E3",
                           "1.5e3",
                           " 1",
                           "1 ",
                           "1,5",
                           "0x1",
                           "true",
                           "\"1\"",
                           "1.2.3",
                           "1000000000000000000",
                           "9223372036854775807",
                           "18446744073709551616",
                           "0.1234567890123456789",
                           "١"}) {
    EXPECT_EQ(NumberText::parse(text), std::nullopt) << text;
  }
}

TEST(NumberText, KeepsItsTextWithMoreDecimals) {
  for (const char* text : {"0.0", "1.0", "-1.0", "12.5", "-0.007", "10.01", "100.0"}) {
    const std::optional<std::int64_t> scaled = NumberText::parse(text)->with_decimals(9);
    std::string again;
    append_number(again, scaled.value(), 9);
    EXPECT_EQ(again, text);
  }
  EXPECT_EQ((NumberText{922'337'203'685'477'580, 1}).with_decimals(2), 9'223'372'036'854'775'800);
  EXPECT_EQ((NumberText{922'337'203'685'477'581, 1}).with_decimals(2), std::nullopt);
  EXPECT_EQ((NumberText{-922'337'203'685'477'581, 1}).with_decimals(2), std::nullopt);
}

TEST(NumberText, WritesEvenTheLargest) {
  std::string text;
  append_number(text, INT64_MIN, 0);
  append_number(text += ' ', INT64_MIN, 18);
  append_number(text += ' ', INT64_MAX, 18);
  EXPECT_EQ(text, "-9223372036854775808 -9.223372036854775808 9.223372036854775807");
}

// Places by IEEE 754: 1.0 is 0x3F800000, 230.5 is 0x43668000, the largest 0x7F7FFFFF.
TEST(FloatText, KnowsAFloatByItsPlace) {
  EXPECT_EQ(float_place({0, 1}, 0), 0);
  EXPECT_EQ(float_place({10, 1}, 0), 0x3F800000);
  EXPECT_EQ(float_place({-2305, 1}, 0), -0x43668000);
  EXPECT_EQ(float_place({1, 3}, 3), 0x3F800000);
  EXPECT_EQ(float_place({23014835, 5}, 0), 0x436625FA);
}

TEST(FloatText, TakesNoTextThatIsNotAFloatsShortest) {
  EXPECT_EQ(float_place({1, 0}, 0), std::nullopt);          // written without a point
  EXPECT_EQ(float_place({230148351, 6}, 0), std::nullopt);  // 230.148351 is a float's second shortest
  EXPECT_EQ(float_place({999'999'999'999'999'999, 18}, 0), std::nullopt);
  EXPECT_EQ(float_place({16'777'2171, 1}, 0), std::nullopt);  // beyond a float's 24 bits
}

TEST(FloatText, WritesWhatItReads) {
  std::uint64_t drawn = 1;
  std::size_t plain = 0;
  for (int i = 0; i < 200'000; ++i) {
    drawn = drawn * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const std::int64_t place = static_cast<std::int64_t>(drawn >> 32U) - 0x8000'0000;
    for (const std::uint8_t shift : kFloatShifts) {
      std::string text;
      if (!append_float(text, place, shift)) continue;
      const std::optional<NumberText> number = NumberText::parse(text);
      if (!number) continue;  // more than 18 digits
      ++plain;
      ASSERT_EQ(float_place(*number, shift), place) << text;
    }
  }
  EXPECT_GT(plain, 50'000U);
}

TEST(FloatText, HasNoTextForPlacesWithoutAFloat) {
  std::string text;
  for (const std::int64_t place :
       {INT64_MIN, INT64_MAX, std::int64_t{0x7F80'0000}, std::int64_t{-0x7F80'0000}}) {
    EXPECT_FALSE(append_float(text, place, 0)) << place;
  }
  EXPECT_FALSE(append_float(text, 0x7F7F'FFFF, 0));  // 3.4e38 has 39 digits
  EXPECT_FALSE(append_float(text, 1, 0));            // 1e-45
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace submeter::store
