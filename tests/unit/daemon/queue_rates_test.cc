// SPDX-License-Identifier: Apache-2.0
#include "daemon/queue_rates.h"

#include <gtest/gtest.h>

#include "daemon/status_report.h"

namespace submeter::daemon {
namespace {

using namespace std::chrono_literals;

MonoTime at(Duration time) {
  return MonoTime{time};
}

TEST(QueueRates, AreUnknownUntilThereIsASecondToLookBackOn) {
  QueueRates rates;
  EXPECT_FALSE(rates.rates(at(9s), {}).has_value());
  rates.note(at(10s), {});
  EXPECT_FALSE(rates.rates(at(10999ms), {}).has_value());
  EXPECT_TRUE(rates.rates(at(11s), {}).has_value());
}

TEST(QueueRates, AreThoseOfTheLastMinute) {
  QueueRates rates;
  // 2 recorded and 50 delivered a second for a minute, then nothing is delivered.
  std::uint64_t delivered = 0;
  for (Duration now = 0s; now <= 120s; now += 5s) {
    if (now > 0s && now <= 60s) delivered += 250;
    rates.note(at(now), {.recorded = static_cast<std::uint64_t>(now / 500ms), .delivered = delivered});
  }
  const auto last = rates.rates(at(120s), {.recorded = 240, .delivered = 3000});
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->over, 60s);
  EXPECT_DOUBLE_EQ(last->recorded, 2.0);
  EXPECT_DOUBLE_EQ(last->delivered, 0.0);
  const auto later = rates.rates(at(122s), {.recorded = 244, .delivered = 3062});
  EXPECT_EQ(later->over, 62s);
  EXPECT_DOUBLE_EQ(later->delivered, 1.0);
}

TEST(QueueRates, AreNeverBelowZero) {
  QueueRates rates;
  rates.note(at(0s), {.recorded = 5, .delivered = 100});
  EXPECT_DOUBLE_EQ(rates.rates(at(2s), {.recorded = 5, .delivered = 90})->delivered, 0.0);
}

TEST(QueueRates, SayWhenNothingWillWaitOnlyIfThatWillBe) {
  const auto drain = [](double recorded, double delivered, std::uint64_t undelivered) {
    return rates_report({.recorded = recorded, .delivered = delivered, .over = 60s}, undelivered);
  };
  EXPECT_EQ(drain(2, 52, 1000)["drain_ms"], 20'000);
  EXPECT_FALSE(drain(2, 2, 1000).contains("drain_ms"));
  EXPECT_FALSE(drain(2, 1, 1000).contains("drain_ms"));
  EXPECT_FALSE(drain(2, 52, 0).contains("drain_ms"));
  EXPECT_EQ(drain(2, 52, 0)["rates_over_ms"], 60'000);
}

}  // namespace
}  // namespace submeter::daemon
