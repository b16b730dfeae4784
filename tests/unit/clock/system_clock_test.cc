// SPDX-License-Identifier: Apache-2.0
#include "clock/system_clock.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_kernel_clock.h"
#include "tests/support/simulated_loop.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kNoon{1'795'219'200'000ms};

class SystemClockTest : public ::testing::Test {
 protected:
  void listen() {
    clock.on_change([this] { states.push_back(clock.state()); });
    clock.on_step([this](const ClockStep& step) { steps.push_back(step); });
  }

  test::SimulatedLoop loop;
  test::FakeKernelClock kernel{loop, kNoon};
  SystemClock clock{loop, kernel, ClockOptions{}};
  std::vector<ClockState> states;
  std::vector<ClockStep> steps;
};

TEST_F(SystemClockTest, StampsAnInstantWithItsWallTimeAndTheKernelsError) {
  const MonoTime start = loop.now();
  loop.advance(90s);
  const Stamp stamp = clock.stamp(start + 1500ms);
  EXPECT_EQ(stamp.time, kNoon + 1500ms);
  EXPECT_EQ(stamp.state, ClockState::kSynced);
  // 3 ms from the kernel, 500 ppm of the 88.5 s before its newest reading: 47.25 ms, rounded up.
  EXPECT_EQ(stamp.error_bound, 48ms);
}

TEST_F(SystemClockTest, FindsTheInstantOfAWallTimeAndBack) {
  loop.advance(12'345us);
  const UtcTime later = kNoon + 15min;
  EXPECT_EQ(clock.instant_of(later), loop.now() - 12'345us + 15min);
  EXPECT_EQ(clock.stamp(clock.instant_of(later)).time, later);
}

TEST_F(SystemClockTest, IsSyncedUpToTheConfiguredErrorAndNoFurther) {
  kernel.max_error = 1000ms;
  clock.renew();
  EXPECT_EQ(clock.state(), ClockState::kSynced);
  SystemClock strict(loop, kernel, ClockOptions{.max_error = 999ms});
  EXPECT_EQ(strict.state(), ClockState::kUnsynced);
  EXPECT_EQ(strict.stamp(loop.now()).error_bound, 1000ms);
}

TEST_F(SystemClockTest, HoldsOverUntilItsDriftBoundReachesTheLimit) {
  listen();
  kernel.synchronised = false;
  loop.advance(1s);
  EXPECT_EQ(clock.state(), ClockState::kHoldover);
  // 3 ms + 500 ppm × t = 1000 ms after t = 1994 s without the source, last asked at the start.
  loop.advance(1993s);
  EXPECT_EQ(clock.state(), ClockState::kHoldover);
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 1000ms);
  loop.advance(1s);
  EXPECT_EQ(clock.state(), ClockState::kUnsynced);
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 1001ms);
  EXPECT_EQ(states, (std::vector{ClockState::kHoldover, ClockState::kUnsynced}));
}

TEST_F(SystemClockTest, IsSyncedAgainWhenTheSourceComesBack) {
  listen();
  kernel.synchronised = false;
  loop.advance(10s);
  kernel.synchronised = true;
  loop.advance(1s);
  EXPECT_EQ(states, (std::vector{ClockState::kHoldover, ClockState::kSynced}));
}

TEST_F(SystemClockTest, WasNeverSyncedIsUnsyncedWithoutABound) {
  kernel.synchronised = false;
  SystemClock fresh(loop, kernel, ClockOptions{});
  EXPECT_EQ(fresh.state(), ClockState::kUnsynced);
  EXPECT_EQ(fresh.stamp(loop.now()).error_bound, std::nullopt);
}

TEST_F(SystemClockTest, DistrustsAStampFarFromItsNewestReading) {
  // 3 ms + 500 ppm × 1995 s = 1000.5 ms: more than the limit, though the clock itself is synced.
  const Stamp stamp = clock.stamp(loop.now() - 1995s);
  EXPECT_EQ(stamp.state, ClockState::kUnsynced);
  EXPECT_EQ(stamp.error_bound, 1001ms);
  EXPECT_EQ(clock.stamp(loop.now() - 1994s).state, ClockState::kSynced);
}

TEST_F(SystemClockTest, WithoutASourceIsNeverSynced) {
  SystemClock clock_without_source(loop, kernel, ClockOptions{.source = ClockSource::kNone});
  loop.advance(1h);
  EXPECT_EQ(clock_without_source.state(), ClockState::kUnsynced);
  EXPECT_EQ(clock_without_source.stamp(loop.now()).error_bound, std::nullopt);
}

TEST_F(SystemClockTest, TellsAStepWithBothTimesAndTheNewRelationInForce) {
  loop.advance(500ms);
  UtcTime stamped_in_listener{};
  clock.on_step([&](const ClockStep& step) {
    steps.push_back(step);
    stamped_in_listener = clock.stamp(loop.now()).time;
  });
  kernel.set_wall(kNoon + 1h);
  loop.advance(500ms);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].expected, kNoon + 1s);
  EXPECT_EQ(steps[0].actual, kNoon + 1h + 500ms);
  EXPECT_EQ(stamped_in_listener, kNoon + 1h + 500ms);
  loop.advance(10s);
  EXPECT_EQ(steps.size(), 1U);
}

TEST_F(SystemClockTest, NoticesAStepAtOnceWhenToldThatTheClockWasSet) {
  listen();
  kernel.set_wall(kNoon - 10s);
  clock.renew();
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].expected - steps[0].actual, 10s);
}

TEST_F(SystemClockTest, FollowsAMoveUpToTheThresholdWithoutCallingItAStep) {
  listen();
  kernel.set_wall(kNoon + 128ms);
  clock.renew();
  EXPECT_TRUE(steps.empty());
  EXPECT_EQ(clock.stamp(loop.now()).time, kNoon + 128ms);
  kernel.set_wall(kNoon + 128ms - 129ms);
  clock.renew();
  EXPECT_EQ(steps.size(), 1U);
}

TEST_F(SystemClockTest, GivesUpHoldoverAfterAStepNobodyVouchesFor) {
  listen();
  kernel.synchronised = false;
  kernel.set_wall(kNoon + 1min);
  clock.renew();
  EXPECT_EQ(steps.size(), 1U);
  EXPECT_EQ(states, std::vector{ClockState::kUnsynced});
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, std::nullopt);
}

TEST_F(SystemClockTest, SaysWhereItsStateComesFromAndWhatToType) {
  EXPECT_EQ(clock.describe(), "kernel: synchronised, error at most 3 ms");
  kernel.synchronised = false;
  loop.advance(2s);
  EXPECT_EQ(clock.describe(),
            "kernel: no time source vouches for the clock, error at most 4 ms; "
            "see `chronyc tracking` or `timedatectl`");
  kernel.failure = "adjtimex: Operation not permitted";
  clock.renew();
  EXPECT_EQ(clock.describe(),
            "kernel: does not say (adjtimex: Operation not permitted), holdover; see `timedatectl`");
}

TEST(KernelClock, ReadsTheMachinesClocks) {
  const auto kernel = make_kernel_clock();
  const auto first = kernel->read();
  const auto second = kernel->read();
  EXPECT_GT(first.wall.time_since_epoch(), 24h);
  EXPECT_GE(second.monotonic, first.monotonic);
}

}  // namespace
}  // namespace submeter::clock
