// SPDX-License-Identifier: Apache-2.0
#include "clock/stamper.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/support/fake_clock.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kNoon{1'795'219'200'000ms};
constexpr MonoTime kStart{1h};

class CollectedSamples final : public SampleSink {
 public:
  void on_sample(const Sample& sample) override { samples.push_back(sample); }
  std::vector<Sample> samples;
};

Reading reading_at(MonoTime instant, std::string circuit = "ups-a") {
  Reading reading;
  reading.circuit = std::move(circuit);
  reading.instant = instant;
  reading.span = 100ms;
  return reading;
}

class StamperTest : public ::testing::Test {
 protected:
  test::FakeClock clock{kStart, kNoon};
  CollectedSamples out;
};

TEST_F(StamperTest, StampsAtOnceWhileTheClockIsTrusted) {
  Stamper stamper(clock, BeforeSync::kHold, out);
  stamper.on_reading(reading_at(kStart + 127ms));
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(out.samples[0].stamp.time, kNoon + 127ms);
  EXPECT_EQ(out.samples[0].stamp.state, ClockState::kSynced);
  EXPECT_EQ(out.samples[0].stamp.error_bound, 4ms);
  EXPECT_TRUE(out.samples[0].reading.flags.empty());
}

TEST_F(StamperTest, HoldsUntilTheFirstSyncAndReleasesInOrderWithTheRightTimes) {
  clock.set_state(ClockState::kUnsynced);
  Stamper stamper(clock, BeforeSync::kHold, out);
  stamper.on_reading(reading_at(kStart + 1s, "a"));
  stamper.on_reading(reading_at(kStart + 2s, "b"));
  EXPECT_TRUE(out.samples.empty());
  EXPECT_EQ(stamper.held(), 2U);

  clock.step(kStart + 3s, std::chrono::milliseconds(24h));
  clock.set_state(ClockState::kSynced, 7ms);
  stamper.clock_changed();

  ASSERT_EQ(out.samples.size(), 2U);
  EXPECT_EQ(stamper.held(), 0U);
  EXPECT_EQ(out.samples[0].reading.circuit, "a");
  EXPECT_EQ(out.samples[0].stamp.time, kNoon + 24h + 1s);
  EXPECT_EQ(out.samples[1].stamp.time, kNoon + 24h + 2s);
  EXPECT_EQ(out.samples[0].reading.flags.to_string(), "held");
}

TEST_F(StamperTest, MarksInsteadOfHoldingWhenToldSo) {
  clock.set_state(ClockState::kUnsynced);
  Stamper stamper(clock, BeforeSync::kMark, out);
  stamper.on_reading(reading_at(kStart + 1s));
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(out.samples[0].reading.flags.to_string(), "clock_unsynced");
  EXPECT_EQ(out.samples[0].stamp.state, ClockState::kUnsynced);
}

TEST_F(StamperTest, MarksAndDoesNotHoldWhenTrustIsLostLater) {
  Stamper stamper(clock, BeforeSync::kHold, out);
  clock.set_state(ClockState::kUnsynced);
  stamper.clock_changed();
  stamper.on_reading(reading_at(kStart + 1s));
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(out.samples[0].reading.flags.to_string(), "clock_unsynced");
}

TEST_F(StamperTest, HoldoverIsTrustedAndNotFlagged) {
  clock.set_state(ClockState::kHoldover, 30ms);
  Stamper stamper(clock, BeforeSync::kHold, out);
  stamper.on_reading(reading_at(kStart + 1s));
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_TRUE(out.samples[0].reading.flags.empty());
}

TEST_F(StamperTest, DropsAndCountsTheOldestBeyondItsBound) {
  clock.set_state(ClockState::kUnsynced);
  Stamper stamper(clock, BeforeSync::kHold, out);
  for (std::size_t i = 0; i < Stamper::kMaxHeld; ++i) stamper.on_reading(reading_at(kStart + i * 1s));
  EXPECT_EQ(stamper.dropped(), 0U);
  stamper.on_reading(reading_at(kStart + Stamper::kMaxHeld * 1s));
  EXPECT_EQ(stamper.dropped(), 1U);
  EXPECT_EQ(stamper.held(), Stamper::kMaxHeld);
  clock.set_state(ClockState::kSynced);
  stamper.clock_changed();
  EXPECT_EQ(out.samples.front().stamp.time, kNoon + 1s);
}

TEST_F(StamperTest, GivesNoTimeTwiceToACircuitWhenTheClockIsSetBack) {
  Stamper stamper(clock, BeforeSync::kHold, out);
  for (int i = 0; i <= 10; ++i) stamper.on_reading(reading_at(kStart + i * 1s));
  clock.step(kStart + 10s, -4s);
  for (int i = 11; i <= 20; ++i) stamper.on_reading(reading_at(kStart + i * 1s));

  std::set<UtcTime> times;
  for (const auto& sample : out.samples) times.insert(sample.stamp.time);
  EXPECT_EQ(times.size(), out.samples.size());
  // 11 s after noon became 7 s after noon, which is taken: the next millisecond, and the flag says so.
  EXPECT_EQ(out.samples[11].stamp.time, kNoon + 7s + 1ms);
  EXPECT_EQ(out.samples[11].reading.flags.to_string(), "clock_stepped");
  EXPECT_EQ(out.samples[14].stamp.time, kNoon + 10s + 1ms);
  EXPECT_EQ(out.samples[15].stamp.time, kNoon + 11s);
  EXPECT_TRUE(out.samples[15].reading.flags.empty());
}

TEST_F(StamperTest, KeepsTheTrueTimeOfARelivedSampleWhoseMillisecondIsFree) {
  Stamper stamper(clock, BeforeSync::kHold, out);
  stamper.on_reading(reading_at(kStart + 60s));
  clock.step(kStart + 60s, -30s);
  stamper.on_reading(reading_at(kStart + 65s));
  stamper.on_reading(reading_at(kStart + 65s, "another"));
  EXPECT_EQ(out.samples[1].stamp.time, kNoon + 35s);
  EXPECT_EQ(out.samples[1].reading.flags.to_string(), "clock_stepped");
  EXPECT_TRUE(out.samples[2].reading.flags.empty());
}

TEST_F(StamperTest, FlagsTheReadingThatWasUnderWayWhenTheClockStepped) {
  Stamper stamper(clock, BeforeSync::kHold, out);
  clock.on_step([&](const ClockStep& step) { stamper.clock_stepped(step); });
  clock.step(kStart + 10s, 1h);
  stamper.on_reading(reading_at(kStart + 10s + 50ms));
  stamper.on_reading(reading_at(kStart + 10s + 51ms, "another"));
  EXPECT_EQ(out.samples[0].reading.flags.to_string(), "clock_stepped");
  EXPECT_TRUE(out.samples[1].reading.flags.empty());
}

TEST(UsedTimes, ForgetsBeyondItsBound) {
  UsedTimes used;
  for (std::size_t i = 0; i < UsedTimes::kRemembered; ++i) used.take(kNoon + i * 1s);
  EXPECT_EQ(used.take(kNoon), kNoon + 1ms);
  EXPECT_EQ(used.take(kNoon), kNoon);
}

}  // namespace
}  // namespace submeter::clock
