// SPDX-License-Identifier: Apache-2.0
#include "modbus/quarantine.h"

#include <gtest/gtest.h>

namespace submeter::modbus {
namespace {

using namespace std::chrono_literals;

constexpr UnitId kUnit{7};
constexpr MonoTime kStart{1000s};

class QuarantineTest : public ::testing::Test {
 protected:
  /// Asked at `when`, without an answer in time.
  void ask_in_vain(MonoTime when) {
    quarantine.asked(kUnit, when);
    quarantine.timed_out(kUnit);
  }
  Quarantine quarantine{300ms};
};

TEST_F(QuarantineTest, DoesNotEndWithTheLateAnswerWhichMayBeSomebodyElses) {
  ask_in_vain(kStart);
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 1s);
  EXPECT_TRUE(quarantine.late(kUnit, kStart + 400ms));
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 1s);
  EXPECT_FALSE(quarantine.late(kUnit, kStart + 500ms));
}

// A stall: the answers to both questions are still on their way, and look alike.
TEST_F(QuarantineTest, LeavesAUnitAloneThatAnsweredOneOfTwoQuestions) {
  ask_in_vain(kStart);
  quarantine.asked(kUnit, kStart + 1s);
  quarantine.answered(kUnit, kStart + 1200ms);
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 2200ms);
}

TEST_F(QuarantineTest, GivesUpAnAnswerThatDoesNotComeAfterAnother) {
  ask_in_vain(kStart);
  quarantine.asked(kUnit, kStart + 1s);
  quarantine.answered(kUnit, kStart + 1020ms);
  quarantine.asked(kUnit, kStart + 3s);
  quarantine.answered(kUnit, kStart + 3020ms);
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 3020ms);
}

TEST_F(QuarantineTest, DoublesWithEachQuestionInARowUpToSixteenTimes) {
  MonoTime when = kStart;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 16s}) {
    ask_in_vain(when);
    EXPECT_EQ(quarantine.unit_free_at(kUnit), when + wait);
    when += 20s;
  }
}

TEST_F(QuarantineTest, OutlastsTheLineButForgetsHowSlowItsMetersWere) {
  ask_in_vain(kStart);
  EXPECT_TRUE(quarantine.late(kUnit, kStart + 2s));
  ask_in_vain(kStart + 10s);
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 13s);  // half as much again as the slowest
  quarantine.forget_slowness();
  EXPECT_EQ(quarantine.unit_free_at(kUnit), kStart + 13s);
  EXPECT_EQ(quarantine.line_free_at(kUnit), kStart + 10s);
}

}  // namespace
}  // namespace submeter::modbus
