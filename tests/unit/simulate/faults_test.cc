// SPDX-License-Identifier: Apache-2.0
#include "simulate/faults.h"

#include <gtest/gtest.h>

namespace submeter::simulate {
namespace {

TEST(FaultKinds, StandInTheOrderOfTheEnumeration) {
  for (std::size_t i = 0; i < kFaultKinds.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kFaultKinds[i].fault), i);
  }
}

TEST(FaultDice, LeavesAHealthyMeterAlone) {
  FaultDice dice({}, 1);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(dice.next().faults.none());
}

TEST(FaultDice, HitsAsManyRequestsAsItIsTold) {
  FaultDice dice({.shares = {{Fault::kBadCrc, 0.1}, {Fault::kException, 0.05}}}, 1);
  int damaged = 0;
  int exceptions = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Fate fate = dice.next();
    damaged += fate.has(Fault::kBadCrc) ? 1 : 0;
    exceptions += fate.has(Fault::kException) ? 1 : 0;
  }
  EXPECT_NEAR(damaged, 1'000, 120);  // four standard deviations
  EXPECT_NEAR(exceptions, 500, 90);
}

TEST(FaultDice, HitsEveryRequestOfAShareOfOne) {
  FaultDice dice({.shares = {{Fault::kSilent, 1.0}}}, 1);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(dice.next().has(Fault::kSilent));
}

TEST(FaultDice, KeepsADeadMeterSilent) {
  FaultDice dice({.dead = true}, 1);
  EXPECT_TRUE(dice.next().has(Fault::kSilent));
}

TEST(FaultDice, RepeatsItselfForTheSameSeed) {
  const Faults faults{.shares = {{Fault::kSilent, 0.5}}};
  FaultDice one(faults, 9);
  FaultDice two(faults, 9);
  FaultDice other(faults, 10);
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const Fate fate = one.next();
    const Fate same = two.next();
    EXPECT_EQ(fate.faults, same.faults);
    EXPECT_EQ(fate.random, same.random);
    different += fate.faults == other.next().faults ? 0 : 1;
  }
  EXPECT_GT(different, 20);
}

}  // namespace
}  // namespace submeter::simulate
