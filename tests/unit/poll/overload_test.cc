// SPDX-License-Identifier: Apache-2.0
#include "poll/overload.h"

#include <gtest/gtest.h>

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1000s};

class OverloadTest : public ::testing::Test {
 protected:
  /// Readings `spacing` apart, for `time`.
  void run(Duration time, Duration spacing, bool late) {
    for (const MonoTime end = now + time; now < end; now += spacing) overload.on_reading(late, demand, now);
  }

  Overload overload{"rs485-1"};
  // Ten meters at 5 s.
  Overload::Demand demand{2.0, 5s};
  MonoTime now = kStart;
};

// 0.74 s for each of ten meters.
TEST_F(OverloadTest, SaysHowLongACycleTakesAfterThreeCyclesAndOnce) {
  run(14s, 740ms, true);
  EXPECT_EQ(overload.text(), "");
  run(5s, 740ms, true);
  EXPECT_EQ(overload.text(), "needs 7.4 s a 5 s cycle");
  run(600s, 740ms, true);
  EXPECT_EQ(overload.text(), "needs 7.4 s a 5 s cycle");
}

TEST_F(OverloadTest, SaysNothingOfABusThatHadTimeToSpare) {
  demand.busy = 0.5;
  run(60s, 740ms, true);
  EXPECT_EQ(overload.text(), "");
}

TEST_F(OverloadTest, SaysNothingOfABusThatIsLateButFast) {
  overload.on_reading(true, demand, now);
  run(120s, 400ms, false);
  EXPECT_EQ(overload.text(), "");
  EXPECT_FALSE(overload.active());
}

TEST_F(OverloadTest, EndsAMinuteAfterTheLastLateCycle) {
  run(20s, 740ms, true);
  run(59s, 500ms, false);
  EXPECT_TRUE(overload.active());
  run(2s, 500ms, false);
  EXPECT_FALSE(overload.active());
  EXPECT_EQ(overload.text(), "");
}

}  // namespace
}  // namespace submeter::poll
