// SPDX-License-Identifier: Apache-2.0
#include "poll/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/support/fake_clock.h"
#include "tests/unit/poll/plans.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};
// 2026-11-21 00:00:03.250 UTC, by date(1).
constexpr UtcTime kMidnight{1'795'219'200'000ms};
constexpr UtcTime kWall = kMidnight + 3250ms;

class ScheduleTest : public ::testing::Test {
 protected:
  test::FakeClock clock{kStart, kWall};
};

TEST_F(ScheduleTest, AlignsToTheWallClock) {
  EXPECT_EQ(next_due(clock, 5s, kStart), kStart + 1750ms);
  EXPECT_EQ(next_due(clock, 60s, kStart), kStart + 56'750ms);
  EXPECT_EQ(next_due(clock, 15min, kStart), kStart + 15min - 3250ms);
  EXPECT_EQ(next_due(clock, 5s, kStart + 1750ms), kStart + 6750ms);
}

TEST_F(ScheduleTest, RunsEvenlyOnTheMonotonicClockWhileNobodyVouchesForTheTime) {
  clock.set_state(ClockState::kUnsynced);
  EXPECT_EQ(next_due(clock, 7s, MonoTime(20s)), MonoTime(21s));
  EXPECT_EQ(next_due(clock, 7s, MonoTime(21s)), MonoTime(28s));
}

TEST_F(ScheduleTest, TrustsTheWallClockInHoldover) {
  clock.set_state(ClockState::kHoldover);
  EXPECT_EQ(next_due(clock, 5s, kStart), kStart + 1750ms);
}

TEST_F(ScheduleTest, DoesNotDriftOverDays) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 7s)}));
  schedule.plan(clock, kStart);
  const MonoTime first = schedule.next_due();
  constexpr int kCycles = 86'400;  // a week
  for (int i = 0; i < kCycles; ++i) {
    ASSERT_EQ(schedule.next_due(), first + i * 7s);
    schedule.take_due(clock, schedule.next_due() + std::chrono::milliseconds(i % 6900));
  }
  EXPECT_EQ(schedule.skipped(), 0U);
}

TEST_F(ScheduleTest, SkipsAndCountsWhatWasNotBegunInTime) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 5s)}));
  schedule.plan(clock, kStart);
  const MonoTime first = schedule.next_due();
  const auto due = schedule.take_due(clock, first + 15s + 1ms);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].due, first + 15s);
  EXPECT_EQ(schedule.skipped(), 3U);
  EXPECT_EQ(schedule.next_due(), first + 20s);
}

TEST_F(ScheduleTest, TakesAnInstantOnceWhenTheClocksAreReadAMicrosecondApart) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 5s)}));
  schedule.plan(clock, kStart);
  const MonoTime first = schedule.next_due();
  const test::FakeClock reread(kStart + 1us, kWall);
  schedule.take_due(reread, first);
  EXPECT_EQ(schedule.next_due(), first + 5s + 1us);
}

TEST_F(ScheduleTest, MergesTheIntervalsOfACircuitWhereTheyMeet) {
  MeterSchedule schedule(
      meter("a", 1, {point("power_kw", 0, 5s), point("energy_import_kwh", 2, 15s), point("pf", 4, 5s)}));
  schedule.plan(clock, kStart);
  const MonoTime at_5s = kStart + 1750ms;
  auto due = schedule.take_due(clock, at_5s);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].points, (std::vector<std::size_t>{0, 2}));
  schedule.take_due(clock, at_5s + 5s);
  due = schedule.take_due(clock, at_5s + 10s);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].points, (std::vector<std::size_t>{0, 1, 2}));
}

TEST_F(ScheduleTest, HasTheDeadlineOfItsMostUrgentCircuit) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 5s), point("energy_import_kwh", 2, 60s)}));
  schedule.plan(clock, kStart);
  EXPECT_FALSE(schedule.claim(kStart));
  const MonoTime minute = kStart + 56'750ms;
  EXPECT_EQ(schedule.claim(kStart + 1750ms)->deadline, kStart + 6750ms);
  schedule.take_due(clock, minute - 5s);
  EXPECT_EQ(schedule.claim(minute)->deadline, minute + 5s);
}

TEST_F(ScheduleTest, ReadsAMeterThatIsNotAlignedEvenlyAtAnInstantOfItsOwn) {
  MeterPlan plan = meter("ups-a", 7, {point("power_kw", 0, 5s)});
  plan.aligned = false;
  MeterSchedule schedule(plan);
  schedule.plan(clock, kStart);
  const Duration phase = phase_of("ups-a", 5s);
  EXPECT_EQ(phase % 10ms, 0ns);
  MonoTime due = schedule.next_due();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(clock.stamp(due).time.time_since_epoch() % 5s, phase);
    schedule.take_due(clock, due);
    EXPECT_EQ(schedule.next_due() - due, 5s);
    due = schedule.next_due();
  }
}

TEST(Phase, SpreadsMetersOverTheInterval) {
  std::array<int, 100> met{};
  for (int i = 0; i < 10'000; ++i) {
    const Duration phase = phase_of("meter-" + std::to_string(i), 1s);
    ASSERT_LT(phase, 1s);
    ++met.at(static_cast<std::size_t>(phase / 10ms));
  }
  // 100 each on average, 10 the standard deviation of an even spread.
  EXPECT_GT(*std::ranges::min_element(met), 50);
  EXPECT_LT(*std::ranges::max_element(met), 150);
}

TEST_F(ScheduleTest, KnowsWhatIsLateAndWhatHasBeenSkippedTooOften) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 5s), point("pf", 1, 60s)}));
  schedule.plan(clock, kStart);
  const MonoTime first = schedule.next_due();
  EXPECT_FALSE(schedule.claim(first + 5s - 1ns)->late);
  EXPECT_TRUE(schedule.claim(first + 5s)->late);
  EXPECT_FALSE(schedule.claim(first + 50s - 1ns)->starved);
  EXPECT_TRUE(schedule.claim(first + 50s)->starved);
  EXPECT_EQ(schedule.claim(first)->interval, Duration{5s});
}

TEST_F(ScheduleTest, PlansAnewWhatLiesAheadAndKeepsWhatIsDue) {
  MeterSchedule schedule(meter("a", 1, {point("power_kw", 0, 5s), point("energy_import_kwh", 2, 60s)}));
  schedule.plan(clock, kStart);
  const MonoTime due = kStart + 1750ms;
  clock.step(due, 1s);
  schedule.plan(clock, due);
  EXPECT_EQ(schedule.next_due(), due);
  schedule.take_due(clock, due);
  EXPECT_EQ(schedule.next_due(), kStart + 5750ms);  // 00:00:10 of the new time
}

TEST_F(ScheduleTest, OfAMeterWithoutPointsNeverComes) {
  MeterSchedule schedule(meter("a", 1, {}));
  schedule.plan(clock, kStart);
  EXPECT_EQ(schedule.next_due(), MonoTime::max());
  EXPECT_TRUE(schedule.take_due(clock, kStart).empty());
}

}  // namespace
}  // namespace submeter::poll
