// SPDX-License-Identifier: Apache-2.0
#include "simulate/faults.h"

#include <gtest/gtest.h>

namespace submeter::simulate {
namespace {

TEST(FaultDice, LeavesAHealthyMeterAlone) {
  FaultDice dice({}, 1);
  for (int i = 0; i < 1'000; ++i) {
    const Fate fate = dice.next();
    EXPECT_FALSE(fate.silent || fate.damaged || fate.truncated || fate.exception_code.has_value());
  }
}

TEST(FaultDice, HitsAsManyRequestsAsItIsTold) {
  FaultDice dice({.bad_crc = 0.1, .exception = 0.05, .exception_code = 6}, 1);
  int damaged = 0;
  int exceptions = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Fate fate = dice.next();
    damaged += fate.damaged ? 1 : 0;
    if (!fate.exception_code) continue;
    ++exceptions;
    EXPECT_EQ(*fate.exception_code, 6);
  }
  EXPECT_NEAR(damaged, 1'000, 120);  // four standard deviations
  EXPECT_NEAR(exceptions, 500, 90);
}

TEST(FaultDice, HitsEveryRequestOfAShareOfOne) {
  FaultDice dice({.no_answer = 1.0}, 1);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(dice.next().silent);
}

TEST(FaultDice, KeepsADeadMeterSilent) {
  FaultDice dice({.dead = true}, 1);
  EXPECT_TRUE(dice.next().silent);
}

TEST(FaultDice, RepeatsItselfForTheSameSeed) {
  FaultDice one({.no_answer = 0.5}, 9);
  FaultDice two({.no_answer = 0.5}, 9);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next().silent, two.next().silent);
}

}  // namespace
}  // namespace submeter::simulate
