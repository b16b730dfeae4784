// SPDX-License-Identifier: Apache-2.0
#include "clock/earlier_boots.h"

#include <gtest/gtest.h>

#include <string>

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kFloor{1'795'262'400'000ms};
constexpr UtcTime kCeiling = kFloor + 240h;

Held held(std::string boot, Duration uptime, UtcTime shown, UtcTime floor = kFloor) {
  return {.boot = std::move(boot),
          .slewed = {},
          .floor = floor,
          .shown = shown,
          .config = {},
          .what = Event{.name = "e", .text = {}, .instant = MonoTime(uptime), .fields = {}}};
}

/// Everything that is possible is within the bound.
void expect_covers(const Stamp& stamp, UtcTime earliest, UtcTime latest) {
  ASSERT_TRUE(stamp.error_bound);
  EXPECT_LE(stamp.time - *stamp.error_bound, earliest);
  EXPECT_GE(stamp.time + *stamp.error_bound, latest);
  EXPECT_EQ(stamp.state, ClockState::kUnsynced);
}

TEST(EarlierBoots, TakesTheEarliestPossibleTimeOfAClockThatCannotBeRight) {
  EarlierBoots boots(kCeiling);
  const Stamp stamp = boots.place(held("a", 10min, UtcTime(10min)));
  EXPECT_EQ(stamp.time, kFloor + 10min);
  expect_covers(stamp, kFloor + 10min, kCeiling);
}

TEST(EarlierBoots, TakesTheTimeThatWasShownWhereItIsPossible) {
  EarlierBoots boots(kCeiling);
  const Stamp stamp = boots.place(held("a", 10min, kFloor + 100h));
  EXPECT_EQ(stamp.time, kFloor + 100h);
  expect_covers(stamp, kFloor + 10min, kCeiling);
}

// What a boot showed is a guess; the next one's bound does not rest on it.
TEST(EarlierBoots, CoversWhatIsPossibleOfASecondBootToo) {
  EarlierBoots boots(kCeiling);
  boots.place(held("a", 1h, kFloor + 200h));
  const Stamp stamp = boots.place(held("b", 5min, UtcTime(5min)));
  EXPECT_EQ(stamp.time, kFloor + 200h);  // behind the other: the order is sure
  expect_covers(stamp, kFloor + 1h + 5min, kCeiling);
}

// The floor is what was known when it was held; a program that was built later knows nothing of it.
TEST(EarlierBoots, BelievesAClockThatWasBehindTheBuildOfALaterProgram) {
  EarlierBoots boots(kCeiling);
  EXPECT_EQ(boots.place(held("a", 10min, kFloor - 10h, kFloor - 24h)).time, kFloor - 10h);
}

TEST(EarlierBoots, GivesNoBoundWithoutATrustedClock) {
  EarlierBoots boots;
  EXPECT_EQ(boots.place(held("a", 10min, kFloor + 1h)).error_bound, std::nullopt);
}

}  // namespace
}  // namespace submeter::clock
