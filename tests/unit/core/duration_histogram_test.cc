// SPDX-License-Identifier: Apache-2.0
#include "core/duration_histogram.h"

#include <gtest/gtest.h>

namespace submeter::core {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, HasNothingToSayOfNothing) {
  EXPECT_EQ(DurationHistogram().quantile(0.99), 0ns);
}

TEST(DurationHistogram, GivesQuantilesWithinAQuarterAndNeverTooShort) {
  DurationHistogram histogram;
  for (int i = 1; i <= 10'000; ++i) histogram.add(i * 10us);
  for (const int thousandths : {1, 100, 500, 900, 990, 999, 1000}) {
    const Duration exact = 100us * thousandths;
    EXPECT_GE(histogram.quantile(thousandths / 1000.0), exact) << thousandths;
    EXPECT_LE(histogram.quantile(thousandths / 1000.0), exact * 5 / 4) << thousandths;
  }
  EXPECT_EQ(histogram.count(), 10'000U);
}

TEST(DurationHistogram, KnowsTheLongestExactly) {
  DurationHistogram histogram;
  histogram.add(5ms);
  histogram.add(1'234'567ns);
  EXPECT_EQ(histogram.longest(), 5ms);
  EXPECT_EQ(histogram.quantile(1.0), 5ms);
}

TEST(DurationHistogram, HoldsWhatIsOutOfItsRange) {
  DurationHistogram histogram;
  histogram.add(-1s);
  EXPECT_EQ(histogram.quantile(1.0), 0ns);
  histogram.add(std::chrono::hours(24 * 365));
  EXPECT_EQ(histogram.longest(), std::chrono::hours(24 * 365));
  EXPECT_EQ(histogram.count(), 2U);
}

}  // namespace
}  // namespace submeter::core
