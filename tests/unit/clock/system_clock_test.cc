// SPDX-License-Identifier: Apache-2.0
#include "clock/system_clock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_datagram_port.h"
#include "tests/support/fake_kernel_clock.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_loop.h"
#include "tests/unit/clock/tracking_packets.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

// 2026-11-21T12:00:00Z
constexpr UtcTime kNoon{1'795'262'400'000ms};

class SystemClockTest : public ::testing::Test {
 protected:
  void listen() {
    clock.on_change([this] { states.push_back(clock.state()); });
    clock.on_step([this](const ClockStep& step) { steps.push_back(step); });
  }

  test::SimulatedLoop loop;
  test::FakeKernelClock kernel{loop, kNoon};
  SystemClock clock{loop, kernel, nullptr, ClockOptions{.source = ClockSource::kKernel}};
  std::vector<ClockState> states;
  std::vector<ClockStep> steps;
};

TEST_F(SystemClockTest, StampsAnInstantWithItsWallTimeAndTheKernelsError) {
  const MonoTime start = loop.now();
  loop.advance(90s);
  const Stamp stamp = clock.stamp(start + 1500ms);
  EXPECT_EQ(stamp.time, kNoon + 1500ms);
  EXPECT_EQ(stamp.state, ClockState::kSynced);
  // 3 ms from the kernel, 100 ppm of the 88.5 s before its newest reading: 11.85 ms, rounded up.
  EXPECT_EQ(stamp.error_bound, 12ms);
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
  SystemClock strict(loop, kernel, nullptr, {.source = ClockSource::kKernel, .max_error = 999ms});
  EXPECT_EQ(strict.state(), ClockState::kUnsynced);
  EXPECT_EQ(strict.stamp(loop.now()).error_bound, 1000ms);
}

TEST_F(SystemClockTest, HoldsOverUntilItsDriftBoundReachesTheLimit) {
  listen();
  kernel.synchronised = false;
  loop.advance(1s);
  EXPECT_EQ(clock.state(), ClockState::kHoldover);
  // 3 ms + 100 ppm × t = 1000 ms after t = 9970 s without the source, last asked at the start.
  loop.advance(9969s);
  EXPECT_EQ(clock.state(), ClockState::kHoldover);
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 1000ms);
  loop.advance(1s);
  EXPECT_EQ(clock.state(), ClockState::kUnsynced);
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 1001ms);
  EXPECT_EQ(states, (std::vector{ClockState::kHoldover, ClockState::kUnsynced}));
}

TEST_F(SystemClockTest, HoldsOverWhileTheKernelsBoundOnlyAges) {
  loop.advance(1s);
  kernel.max_error = 1001ms;  // its daemon asks rarely, and the kernel assumes 500 ppm in between
  loop.advance(1000s);
  EXPECT_EQ(clock.state(), ClockState::kHoldover);
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 103ms);  // 3 ms at 1 s, 100 ppm of 1000 s since
  kernel.offset = 1001ms;                                 // but this is measured
  loop.advance(1s);
  EXPECT_EQ(clock.state(), ClockState::kUnsynced);
}

TEST_F(SystemClockTest, AddsWhatIsStillToBeSlewedToTheBound) {
  kernel.offset = -20ms;
  clock.renew();
  EXPECT_EQ(clock.stamp(loop.now()).error_bound, 23ms);
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
  SystemClock fresh(loop, kernel, nullptr, {.source = ClockSource::kKernel});
  EXPECT_EQ(fresh.state(), ClockState::kUnsynced);
  EXPECT_EQ(fresh.stamp(loop.now()).error_bound, std::nullopt);
}

TEST_F(SystemClockTest, DistrustsAStampFarFromItsNewestReading) {
  // 3 ms + 100 ppm × 9975 s = 1000.5 ms: more than the limit, though the clock itself is synced.
  const Stamp stamp = clock.stamp(loop.now() - 9975s);
  EXPECT_EQ(stamp.state, ClockState::kUnsynced);
  EXPECT_EQ(stamp.error_bound, 1001ms);
  EXPECT_EQ(clock.stamp(loop.now() - 9970s).state, ClockState::kSynced);
}

TEST_F(SystemClockTest, StampsThePastByTheOscillatorWhenTheClockWasSlewedSince) {
  const MonoTime then = loop.now();
  const Duration slewed_then = clock.slewed();
  loop.advance(600s);
  kernel.slewed = 59ms;  // within 100 ppm of 600 s: a frequency that was learnt
  clock.renew();
  EXPECT_EQ(clock.stamp_past(then, slewed_then).time, kNoon);
  EXPECT_EQ(clock.stamp_past(then, slewed_then).error_bound, 122ms);  // 3 + 60 + 59
  kernel.slewed = -5s;  // an error of the wall clock, slewed away
  clock.renew();
  EXPECT_EQ(clock.stamp_past(then, slewed_then).time, kNoon - 5s);
  EXPECT_EQ(clock.stamp_past(then, slewed_then).error_bound, 63ms);
}

TEST_F(SystemClockTest, WithoutASourceIsNeverSynced) {
  SystemClock clock_without_source(loop, kernel, nullptr, {.source = ClockSource::kNone});
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

TEST_F(SystemClockTest, HoldsOverFromWhatAnEarlierProcessOfThisBootKnew) {
  kernel.synchronised = false;
  loop.advance(1000s);
  SystemClock next(loop, kernel, nullptr, {.source = ClockSource::kKernel});
  EXPECT_EQ(next.state(), ClockState::kUnsynced);
  next.resume({.boot = "b", .instant = loop.now() - 1000s, .time = kNoon, .bound = 5ms});
  EXPECT_EQ(next.state(), ClockState::kHoldover);
  EXPECT_EQ(next.stamp(loop.now()).error_bound, 105ms);  // 100 ppm of 1000 s
}

TEST_F(SystemClockTest, DoesNotHoldOverAClockThatWasSetALittleBetweenTwoProcesses) {
  kernel.synchronised = false;
  loop.advance(1000s);
  kernel.step(100ms);
  SystemClock next(loop, kernel, nullptr, {.source = ClockSource::kKernel});
  next.resume({.boot = "b", .instant = loop.now() - 1000s, .time = kNoon, .bound = 5ms});
  EXPECT_EQ(next.state(), ClockState::kUnsynced);
}

TEST_F(SystemClockTest, TellsAStepThatHappenedBetweenTwoProcesses) {
  kernel.synchronised = false;
  loop.advance(1000s);
  kernel.step(-1h);
  SystemClock next(loop, kernel, nullptr, {.source = ClockSource::kKernel});
  next.on_step([this](const ClockStep& step) { steps.push_back(step); });
  next.resume({.boot = "b", .instant = loop.now() - 1000s, .time = kNoon, .bound = 5ms});
  EXPECT_EQ(next.state(), ClockState::kUnsynced);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].expected, kNoon + 1000s);
  EXPECT_EQ(steps[0].actual, kNoon + 1000s - 1h);
}

TEST_F(SystemClockTest, CallsAnAnnouncedLeapSecondByItsNameAndStaysSynced) {
  const UtcTime midnight = kNoon + 12h;
  ASSERT_EQ(midnight.time_since_epoch() % 24h, 0ms);
  kernel.set_wall(midnight - 500ms);
  clock.renew();
  kernel.leap = Leap::kInsert;
  clock.renew();
  listen();
  loop.advance(600ms);
  kernel.step(-1s);
  loop.advance(1s);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_TRUE(steps[0].leap_second);
  EXPECT_TRUE(states.empty());
  EXPECT_EQ(clock.state(), ClockState::kSynced);
}

TEST_F(SystemClockTest, TakesAStepOfASecondForALeapSecondOnlyAtMidnightAndWhenAnnounced) {
  listen();
  kernel.step(-1s);
  clock.renew();
  kernel.leap = Leap::kInsert;
  clock.renew();
  kernel.step(-1s);
  clock.renew();
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_FALSE(steps[0].leap_second);
  EXPECT_FALSE(steps[1].leap_second);
}

TEST_F(SystemClockTest, SaysWhereItsStateComesFromAndWhatToType) {
  EXPECT_EQ(clock.describe(), "kernel: synchronised, error at most 3 ms");
  kernel.synchronised = false;
  loop.advance(2s);
  EXPECT_EQ(clock.describe(),
            "kernel: no time source disciplines the clock; look at: timedatectl, chronyc tracking; holdover, "
            "error at most 4 ms");
  kernel.failure = "adjtimex: Operation not permitted";
  clock.renew();
  EXPECT_EQ(
      clock.describe(),
      "kernel: does not say (adjtimex: Operation not permitted); look at: timedatectl; holdover, error at "
      "most 4 ms");
}

/// Beside chronyd, whose answers are those of a real one; see tracking_packets.h.
class ChronyClockTest : public ::testing::Test {
 protected:
  void make(ClockSource source = ClockSource::kAuto) {
    clock.emplace(loop, kernel, &chrony, ClockOptions{.source = source});
    clock->on_change([this] { states.push_back(clock->state()); });
    clock->on_step([this](const ClockStep& step) { steps.push_back(step); });
  }
  std::uint32_t sequence() const {
    const auto& request = port.sent().back().bytes;
    return static_cast<std::uint32_t>(request[8] << 24 | request[9] << 16 | request[10] << 8 | request[11]);
  }
  void answer() { port.arrive(answer_to(sequence())); }

  // When kSlow was answered: just after its reference time, 1795253197.054.
  static constexpr UtcTime kThen{1'795'253'197'300ms};

  test::SimulatedLoop loop;
  test::FakeKernelClock kernel{loop, kThen};
  test::FakeDatagramPort port{loop};
  test::FixedRandom random{{7, 11, 13, 17}};
  ChronyClient chrony{loop, port, random};
  std::optional<SystemClock> clock;
  std::vector<ClockState> states;
  std::vector<ClockStep> steps;
};

TEST_F(ChronyClockTest, IsSyncedWithOffsetAndDispersionAndHalfTheDelayAsItsBound) {
  kernel.synchronised = false;
  make();
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  answer();
  EXPECT_EQ(states, std::vector{ClockState::kSynced});
  // 0.200057298 + 0.010052026 + 0.030186515 / 2 s, as chronyc printed them.
  EXPECT_EQ(clock->stamp(loop.now()).error_bound, 226ms);
  EXPECT_EQ(clock->view().source, "chrony");
  EXPECT_EQ(clock->view().stratum, 3);
  EXPECT_NEAR(static_cast<double>(clock->view().offset->count()), -200'057'298.0, 1000.0);
  EXPECT_EQ(clock->describe(),
            "chrony: synchronised, stratum 3, error at most 226 ms (kernel: no time source disciplines the "
            "clock; look at: timedatectl, chronyc tracking)");
}

TEST_F(ChronyClockTest, DoesNotTrustTheKernelBeforeChronyHadItsSay) {
  make();
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  loop.advance(10s);
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  loop.advance(1s);  // the third request is not answered either
  EXPECT_EQ(clock->state(), ClockState::kSynced);
  EXPECT_EQ(clock->view().source, "kernel");
}

TEST_F(ChronyClockTest, TakesTheKernelsWordWhereNobodyIsAtChronysPort) {
  make();
  port.refuse("no process answers at 127.0.0.1:323");
  EXPECT_EQ(states, std::vector{ClockState::kSynced});
  EXPECT_EQ(clock->view().source, "kernel");
  EXPECT_EQ(clock->describe(),
            "kernel: synchronised, error at most 3 ms (chrony: no process answers at 127.0.0.1:323)");
}

TEST_F(ChronyClockTest, HoldsOverWhenChronyStopsAndTheKernelDoesNotVouch) {
  kernel.synchronised = false;
  make();
  answer();
  loop.advance(5s);
  port.refuse("no process answers at 127.0.0.1:323");
  EXPECT_EQ(states, (std::vector{ClockState::kSynced, ClockState::kHoldover}));
  // 226 ms + 100 ppm × t reaches 1 s after 7748 s.
  loop.advance(7740s);
  EXPECT_EQ(clock->state(), ClockState::kHoldover);
  loop.advance(20s);
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
}

TEST_F(ChronyClockTest, DoesNotAskTheKernelWhenTheSourceIsChrony) {
  make(ClockSource::kChrony);
  port.refuse("no process answers at 127.0.0.1:323");
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  EXPECT_EQ(clock->describe(), "chrony: no process answers at 127.0.0.1:323");
}

TEST_F(ChronyClockTest, IsUnsyncedWhenChronyHasNoSource) {
  make();
  Datagram packet = from_hex(kNoSource);
  put_u32(packet, 16, sequence());
  EXPECT_FALSE(clock->decided());
  port.arrive(packet);
  EXPECT_TRUE(clock->decided());
  EXPECT_EQ(states, std::vector{ClockState::kUnsynced});  // told, because now it is known why
  EXPECT_EQ(clock->view().source, "chrony");
  EXPECT_NE(clock->describe().find("chrony: has no source to follow yet; look at: chronyc sources"),
            std::string::npos);
}

TEST_F(ChronyClockTest, SaysThatChronyVouchesForTheMachinesOwnClock) {
  make();
  Datagram packet = from_hex(kLocal);
  put_u32(packet, 16, sequence());
  port.arrive(packet);
  EXPECT_EQ(clock->state(), ClockState::kSynced);
  EXPECT_NE(
      clock->describe().find(
          "chrony: its own clock is the reference (`local` in chrony.conf), stratum 3, error at most 0 ms"),
      std::string::npos);
}

TEST_F(ChronyClockTest, IsUnsyncedAtOnceWhenChronyMeasuresMoreThanTheLimit) {
  clock.emplace(loop, kernel, &chrony, ClockOptions{.max_error = 226ms});
  answer();
  EXPECT_EQ(clock->state(), ClockState::kSynced);
  clock.emplace(loop, kernel, &chrony, ClockOptions{.max_error = 225ms});
  answer();
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
}

TEST_F(ChronyClockTest, AsksAnewAfterAStepAndBelievesAMeasurementThatIsNotOlder) {
  make();
  answer();
  const std::size_t asked = port.sent().size();
  kernel.step(1h);
  clock->renew();
  EXPECT_EQ(port.sent().size(), asked + 1);
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  answer();  // chrony's newest measurement is an hour older than the clock now: somebody else has set it
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
  EXPECT_NE(clock->describe().find("the clock was set after its last measurement"), std::string::npos);
  Datagram packet = answer_to(sequence());
  loop.advance(5s);
  packet = answer_to(sequence());
  put_u32(packet, 60, 0x6b0163cd + 3600);  // it has measured again
  port.arrive(packet);
  EXPECT_EQ(clock->state(), ClockState::kSynced);
}

TEST_F(ChronyClockTest, DoesNotBelieveAMeasurementFromBeforeAStepHoweverSmall) {
  for (const Duration by : {Duration(3s), Duration(-3s), Duration(-100ms), Duration(3ms)}) {
    make();
    answer();
    EXPECT_EQ(clock->state(), ClockState::kSynced);
    kernel.step(by);
    clock->renew();
    answer();
    EXPECT_EQ(clock->state(), ClockState::kUnsynced) << by.count();
    EXPECT_EQ(clock->stamp(loop.now()).error_bound.has_value(), false);
  }
}

TEST_F(ChronyClockTest, DoesNotBelieveAMeasurementFromTheFutureAfterAStepBack) {
  make();
  answer();
  kernel.step(-1h);
  clock->renew();
  answer();
  EXPECT_EQ(clock->state(), ClockState::kUnsynced);
}

TEST_F(ChronyClockTest, StaysSyncedThroughChronysOwnStep) {
  make();
  answer();
  kernel.step(300ms);  // right after the measurement that made it do so
  clock->renew();
  Datagram packet = answer_to(sequence());
  put_u32(packet, 60, 0x6b0163ce);
  port.arrive(packet);
  EXPECT_EQ(clock->state(), ClockState::kSynced);
  EXPECT_EQ(steps.size(), 1U);
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
