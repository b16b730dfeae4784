// SPDX-License-Identifier: Apache-2.0
#include "poll/figures.h"

#include <gtest/gtest.h>

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

TEST(ResponseTimes, AreZeroBeforeAnAnswer) {
  EXPECT_EQ(ResponseTimes().percentile(50), 0ns);
}

TEST(ResponseTimes, GiveNearestRankPercentiles) {
  ResponseTimes times;
  for (int i = 20; i >= 1; --i) times.add(i * 1ms);
  EXPECT_EQ(times.percentile(50), 10ms);
  EXPECT_EQ(times.percentile(95), 19ms);
  EXPECT_EQ(times.percentile(100), 20ms);
}

TEST(ResponseTimes, ForgetAllButTheNewest) {
  ResponseTimes times;
  times.add(10s);
  for (std::size_t i = 0; i < ResponseTimes::kNewest - 1; ++i) times.add(20ms);
  EXPECT_EQ(times.percentile(100), 10s);
  times.add(20ms);
  EXPECT_EQ(times.percentile(100), 20ms);
}

TEST(BusyShare, IsTheShareOfTheTimeSinceStart) {
  const MonoTime start(100s + 300ms);
  BusyShare share(start);
  EXPECT_EQ(share.share(start), 0.0);
  share.set_busy(true, start + 1s);
  share.set_busy(false, start + 3s);
  EXPECT_DOUBLE_EQ(share.share(start + 8s), 0.25);
}

TEST(BusyShare, ForgetsWhatIsOlderThanAMinute) {
  const MonoTime start(100s);
  BusyShare share(start);
  share.set_busy(true, start);
  share.set_busy(false, start + 30s);
  EXPECT_DOUBLE_EQ(share.share(start + 60s), 29.0 / 59.0);  // the minute began at a whole second
  EXPECT_DOUBLE_EQ(share.share(start + 91s), 0.0);
  EXPECT_DOUBLE_EQ(share.share(start + 1000h), 0.0);
}

TEST(BusyShare, CountsWhatIsStillUnderWay) {
  const MonoTime start(100s);
  BusyShare share(start);
  share.set_busy(true, start);
  EXPECT_DOUBLE_EQ(share.share(start + 24h), 1.0);
  EXPECT_DOUBLE_EQ(share.share(start + 24h + 300ms), 1.0);
}

}  // namespace
}  // namespace submeter::poll
