// SPDX-License-Identifier: Apache-2.0
#include "submeter/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace submeter {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Decimal number(std::string_view text) {
  const auto value = Decimal::parse(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Decimal());
}

std::string text(const std::optional<Decimal>& value) {
  return value ? value->to_string() : "empty";
}

TEST(Decimal, DropsTrailingZerosOfTheMantissa) {
  EXPECT_EQ(Decimal(4800, -2), Decimal(48));
  EXPECT_EQ(Decimal(4800, -2).mantissa(), 48);
  EXPECT_EQ(Decimal(1000).exponent(), 3);
  EXPECT_EQ(Decimal(0, 17), Decimal());
  EXPECT_EQ(Decimal(0, 17).exponent(), 0);
}

TEST(Decimal, IsWrittenPlainlyAndAlwaysWithADecimalPoint) {
  EXPECT_EQ(Decimal().to_string(), "0.0");
  EXPECT_EQ(Decimal(-3).to_string(), "-3.0");
  EXPECT_EQ(Decimal(4821136, -2).to_string(), "48211.36");
  EXPECT_EQ(Decimal(5, -1).to_string(), "0.5");
  EXPECT_EQ(Decimal(-5, -3).to_string(), "-0.005");
  EXPECT_EQ(Decimal(12, 3).to_string(), "12000.0");
  EXPECT_EQ(Decimal(kMax).to_string(), "9223372036854775807.0");
  EXPECT_EQ(Decimal(kMin).to_string(), "-9223372036854775808.0");
}

TEST(Decimal, ReadsWhatPeopleWrite) {
  EXPECT_EQ(number("-12.5"), Decimal(-125, -1));
  EXPECT_EQ(number("1e-3"), Decimal(1, -3));
  EXPECT_EQ(number("+2.50E+2"), Decimal(250));
  EXPECT_EQ(number(".5"), Decimal(5, -1));
  EXPECT_EQ(number("7."), Decimal(7));
  EXPECT_EQ(number("-0.0"), Decimal());
  EXPECT_EQ(number("0e99999"), Decimal());
  EXPECT_EQ(number("000000000000000000000000000000000000000000000012.5"), Decimal(125, -1));
}

TEST(Decimal, RefusesWhatIsNotANumber) {
  for (const auto* wrong : {"", "-", ".", "e5", "1e", "1e+-3", "--1", "1,5", "0x10", " 1", "1 ", "nan", "inf",
                            "1e5x", "1.2.3", "1e99999999999", "1e-2147483648"}) {
    EXPECT_FALSE(Decimal::parse(wrong)) << wrong;
  }
  EXPECT_FALSE(Decimal::parse(std::string(1001, '1')));
}

TEST(Decimal, KeepsItsRangeAtBothEnds) {
  EXPECT_TRUE(Decimal::parse("1e60"));
  EXPECT_FALSE(Decimal::parse("1e61"));
  EXPECT_TRUE(Decimal::parse("1e-60"));
  EXPECT_FALSE(Decimal::parse("1e-61"));
  EXPECT_FALSE(Decimal(1, 60).times(Decimal(1, 1)));
  EXPECT_FALSE(Decimal(1, -60).divided_by(Decimal(1, 1)));
}

TEST(Decimal, RoundsLongTextHalfAwayFromZeroTo18Digits) {
  EXPECT_EQ(number("9223372036854775807"), Decimal(kMax));
  EXPECT_EQ(number("9223372036854775808"), Decimal(922337203685477581, 1));
  EXPECT_EQ(number("99999999999999999950"), Decimal(1, 20));
  EXPECT_EQ(number("-1234567890123456789.5"), Decimal(-123456789012345679, 1));
  EXPECT_EQ(number("0." + std::string(40, '3')), Decimal(333333333333333333, -18));
  EXPECT_EQ(number(std::string(50, '9')), Decimal(1, 50));
}

// The shortest digits as numpy.float32 and Python's repr print them.
TEST(Decimal, TakesTheShortestDigitsThatReadBackAsTheSameFloat) {
  EXPECT_EQ(text(Decimal::from_float(0.1F)), "0.1");
  EXPECT_EQ(text(Decimal::from_float(48211.36F)), "48211.36");
  EXPECT_EQ(text(Decimal::from_float(-12481.0F)), "-12481.0");
  EXPECT_EQ(text(Decimal::from_float(-0.0F)), "0.0");
  EXPECT_EQ(text(Decimal::from_float(16777216.0F)), "16777216.0");
  EXPECT_EQ(Decimal::from_float(std::numeric_limits<float>::max()), Decimal(34028235, 31));
  EXPECT_EQ(Decimal::from_float(std::numeric_limits<float>::denorm_min()), Decimal(1, -45));
  EXPECT_EQ(text(Decimal::from_double(0.1)), "0.1");
  EXPECT_EQ(text(Decimal::from_double(1.0 / 3)), "0.3333333333333333");
}

TEST(Decimal, HasNoValueForWhatIsNotFinite) {
  EXPECT_FALSE(Decimal::from_float(std::nanf("")));
  EXPECT_FALSE(Decimal::from_float(std::numeric_limits<float>::infinity()));
  EXPECT_FALSE(Decimal::from_double(-std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(Decimal::from_double(1e300));
}

TEST(Decimal, AddsExactlyWhereTheResultFits) {
  EXPECT_EQ(text(number("0.1").plus(number("0.2"))), "0.3");
  EXPECT_EQ(text(number("331.3704").minus(number("9.7798"))), "321.5906");
  EXPECT_EQ(text(number("-1").plus(number("1"))), "0.0");
  EXPECT_EQ(text(number("0").plus(number("-7.5"))), "-7.5");
  EXPECT_EQ(text(number("7.5").minus(number("0"))), "7.5");
  EXPECT_EQ(number("1e18").minus(number("0.5")), Decimal(1, 18));
  EXPECT_EQ(number("1e17").minus(number("0.5")), Decimal(999999999999999995, -1));
  EXPECT_EQ(number("1e36").minus(number("1e18")), Decimal(999999999999999999, 18));
}

TEST(Decimal, RoundsSumsHalfAwayFromZero) {
  EXPECT_EQ(number("1e18").plus(number("4.5")), Decimal(1, 18));
  EXPECT_EQ(number("1e18").plus(number("5.5")), Decimal(100000000000000001, 1));
  EXPECT_EQ(number("-1e18").minus(number("4.5")), Decimal(-1, 18));
  EXPECT_EQ(number("9e18").plus(number("3e17")), Decimal(93, 17));
  EXPECT_EQ(number("1e40").plus(number("1e-40")), Decimal(1, 40));
  EXPECT_EQ(number("1e40").minus(number("1e-40")), Decimal(1, 40));
  EXPECT_EQ(number("-1e40").plus(number("1e-40")), Decimal(-1, 40));
  EXPECT_EQ(Decimal(kMax).plus(Decimal(kMax)), Decimal(184467440737095516, 2));
  EXPECT_EQ(Decimal(kMin).plus(Decimal(kMin)), Decimal(-184467440737095516, 2));
}

TEST(Decimal, MultipliesExactlyWhereTheResultFits) {
  EXPECT_EQ(text(number("12481").times(number("0.001"))), "12.481");
  EXPECT_EQ(text(number("-4821136").times(number("0.01"))), "-48211.36");
  EXPECT_EQ(text(number("-1.5").times(number("-80"))), "120.0");
  EXPECT_EQ(number("0").times(number("-80")), Decimal());
  EXPECT_EQ(Decimal(kMax).times(Decimal(1)), Decimal(kMax));
  EXPECT_EQ(Decimal(999999999).times(Decimal(999999999)), Decimal(999999998000000001));
}

TEST(Decimal, RoundsProductsHalfAwayFromZeroTo18Digits) {
  // Python: 9223372036854775807 ** 2 = 85070591730234615847396907784232501249
  EXPECT_EQ(Decimal(kMax).times(Decimal(kMax)), Decimal(850705917302346158, 20));
  // 999999999999999999 * 1.5 = 1499999999999999998.5
  EXPECT_EQ(Decimal(999999999999999999).times(Decimal(-15, -1)), Decimal(-15, 17));
}

TEST(Decimal, DividesExactlyWhereTheResultFits) {
  EXPECT_EQ(text(number("400").divided_by(number("5"))), "80.0");
  EXPECT_EQ(text(number("100").divided_by(number("-8"))), "-12.5");
  EXPECT_EQ(text(number("0").divided_by(number("3"))), "0.0");
  EXPECT_EQ(Decimal(kMax).divided_by(Decimal(1)), Decimal(kMax));
  EXPECT_EQ(Decimal(kMax).divided_by(Decimal(kMax)), Decimal(1));
}

TEST(Decimal, RoundsQuotientsHalfAwayFromZeroTo18Digits) {
  EXPECT_EQ(number("1").divided_by(number("3")), Decimal(333333333333333333, -18));
  EXPECT_EQ(number("2").divided_by(number("-3")), Decimal(-666666666666666667, -18));
  EXPECT_EQ(Decimal(1).divided_by(Decimal(kMax)), Decimal(108420217248550443, -36));
  EXPECT_FALSE(Decimal(1).divided_by(Decimal()));
}

TEST(Decimal, NegatesEveryMantissa) {
  EXPECT_EQ(Decimal(125, -1).negated(), Decimal(-125, -1));
  EXPECT_EQ(Decimal().negated(), Decimal());
  EXPECT_EQ(Decimal(kMin).negated(), Decimal(kMax));
}

TEST(Decimal, BecomesTheNearestDouble) {
  EXPECT_EQ(number("48211.36").to_double(), 48211.36);
  EXPECT_EQ(number("-1e-60").to_double(), -1e-60);
  EXPECT_EQ(Decimal().to_double(), 0.0);
}

TEST(Decimal, IsOrderedByValue) {
  const std::string ascending[] = {"-1e60",  "-9223372036854775808",
                                   "-10",    "-9.99",
                                   "-1e-60", "0",
                                   "1e-60",  "0.5",
                                   "0.51",   "5",
                                   "10",     "1e18",
                                   "1e19",   "1e60"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(number(ascending[i]) <=> number(ascending[j]), i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
}

}  // namespace
}  // namespace submeter
