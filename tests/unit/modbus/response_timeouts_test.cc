// SPDX-License-Identifier: Apache-2.0
#include "modbus/response_timeouts.h"

#include <gtest/gtest.h>

namespace submeter::modbus {
namespace {

using namespace std::chrono_literals;

constexpr UnitId kUnit{7};

class ResponseTimeoutsTest : public ::testing::Test {
 protected:
  void answer(unsigned times, Duration latency) {
    for (unsigned i = 0; i < times; ++i) timeouts.answered(kUnit, latency);
  }
  ResponseTimeouts timeouts{500ms};
};

TEST_F(ResponseTimeoutsTest, AreAsConfiguredUntilAUnitHasAnsweredOften) {
  answer(ResponseTimeouts::kAnswersToLearn - 1, 20ms);
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
  answer(1, 20ms);
  EXPECT_EQ(timeouts.of(kUnit), 160ms);
  EXPECT_EQ(timeouts.of(UnitId{8}), 500ms);
}

TEST_F(ResponseTimeoutsTest, FollowTheSlowestAnswerUpToTheConfiguredTime) {
  answer(32, 20ms);
  answer(1, 100ms);
  EXPECT_EQ(timeouts.of(kUnit), 400ms);
  answer(1, 200ms);
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
  answer(100, 20ms);
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
}

TEST_F(ResponseTimeoutsTest, DoubleWithEachTimeoutInARowUntilTheUnitIsHeardAgain) {
  answer(32, 20ms);
  timeouts.timed_out(kUnit);
  EXPECT_EQ(timeouts.of(kUnit), 320ms);
  timeouts.timed_out(kUnit);
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
  for (int i = 0; i < 100; ++i) timeouts.timed_out(kUnit);
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
  answer(1, 20ms);
  EXPECT_EQ(timeouts.of(kUnit), 160ms);
}

TEST_F(ResponseTimeoutsTest, BeginAnewWithTheLine) {
  answer(32, 20ms);
  timeouts.forget_speeds();
  EXPECT_EQ(timeouts.of(kUnit), 500ms);
}

TEST_F(ResponseTimeoutsTest, DoubtAnAnswerBeforeTheQuestionsEndOnlyOfAUnitThatNeverWasSoFast) {
  EXPECT_TRUE(timeouts.plausible(kUnit, -1ms));
  answer(1, 20ms);
  EXPECT_FALSE(timeouts.plausible(kUnit, -1ms));
  EXPECT_TRUE(timeouts.plausible(kUnit, 0ms));
  answer(1, -1ms);
  EXPECT_TRUE(timeouts.plausible(kUnit, -1ms));
}

TEST_F(ResponseTimeoutsTest, BelieveAUnitThatGivesNoOtherAnswerAnyMore) {
  answer(32, 20ms);
  for (unsigned i = 0; i < ResponseTimeouts::kEarlyToBelieve; ++i) {
    timeouts.timed_out(kUnit);
    EXPECT_FALSE(timeouts.plausible(kUnit, -1ms));
  }
  EXPECT_TRUE(timeouts.plausible(kUnit, -1ms));
}

TEST_F(ResponseTimeoutsTest, LearnFromLateAnswersToo) {
  answer(32, 10ms);
  EXPECT_EQ(timeouts.of(kUnit), 130ms);
  timeouts.timed_out(kUnit);
  timeouts.late(kUnit, 120ms);
  answer(1, 10ms);
  EXPECT_EQ(timeouts.of(kUnit), 460ms);
}

}  // namespace
}  // namespace submeter::modbus
