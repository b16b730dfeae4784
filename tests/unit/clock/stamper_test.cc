// SPDX-License-Identifier: Apache-2.0
#include "clock/stamper.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "clock/sync_note.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_holding_store.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/simulated_loop.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

// 2026-11-21T12:00:00Z
constexpr UtcTime kNoon{1'795'262'400'000ms};

/// Keeps what is stamped, and puts its key into the queue, where read_times() finds it.
class Stamped final : public StampedSink {
 public:
  explicit Stamped(RecordQueue& queue) : queue_(queue) {}
  bool on_sample(const Sample& sample) override {
    if (!append(sample.reading.circuit, sample.stamp.time)) return false;
    samples.push_back(sample);
    return true;
  }
  bool on_event(const StampedEvent& event) override {
    if (!append({}, event.stamp.time)) return false;
    events.push_back(event);
    return true;
  }

  std::vector<Sample> samples;
  std::vector<StampedEvent> events;

 private:
  bool append(const std::string& circuit, UtcTime time) {
    return queue_.append({.seq = queue_.next_sequence(),
                          .kind = RecordKind::kSample,
                          .circuit = circuit,
                          .time = time,
                          .json = {}});
  }
  RecordQueue& queue_;
};

class StamperTest : public ::testing::Test {
 protected:
  StamperTest() { loop.advance(1h); }

  Reading reading_at(MonoTime instant, std::string circuit = "ups-a") const {
    Reading reading;
    reading.circuit = std::move(circuit);
    reading.meter = "meter";
    reading.instant = instant;
    reading.span = 100ms;
    return reading;
  }
  void make(BeforeSync before_sync = BeforeSync::kHold, std::string boot = "boot-1") {
    stamper = std::make_unique<Stamper>(
        loop, clock,
        Stamper::Settings{
            .before_sync = before_sync, .boot_id = std::move(boot), .floor = floor, .config = "9f2c01ab"},
        store, out);
    stamper->start();
    loop.settle();
  }
  /// Read just now.
  void read(std::string circuit = "ups-a") {
    stamper->on_reading(reading_at(loop.now(), std::move(circuit)));
    loop.settle();
  }
  void become_trusted() {
    clock.set_state(ClockState::kSynced, 4ms);
    stamper->clock_changed();
    loop.settle();
  }
  void step(std::chrono::milliseconds by) {
    clock.on_step([this](const ClockStep& step) { stamper->clock_stepped(step); });
    clock.step(loop.now(), by);
    loop.settle();
  }
  std::string flags(std::size_t sample) const { return out.samples.at(sample).reading.flags.to_string(); }

  test::SimulatedLoop loop;
  test::FakeClock clock{loop.now() + 1h, kNoon};
  test::FakeRecordQueue queue{loop};
  test::FakeHoldingStore store{loop, queue};
  Stamped out{queue};
  UtcTime floor = kNoon - 24h;
  std::unique_ptr<Stamper> stamper;
};

TEST_F(StamperTest, StampsAtOnceWhileTheClockIsTrusted) {
  make();
  loop.advance(127ms);
  stamper->on_reading(reading_at(loop.now()));
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(out.samples[0].stamp.time, kNoon + 127ms);
  EXPECT_EQ(out.samples[0].stamp.state, ClockState::kSynced);
  EXPECT_EQ(out.samples[0].stamp.error_bound, 4ms);
  EXPECT_EQ(out.samples[0].config, "9f2c01ab");
  EXPECT_EQ(flags(0), "");
  EXPECT_EQ(parse_sync_note(store.note()), (SyncNote{.boot = "boot-1",
                                                     .instant = loop.now(),
                                                     .time = kNoon + 127ms,
                                                     .bound = 4ms,
                                                     .sure = kNoon + 127ms}));
}

TEST_F(StamperTest, HoldsOnDiskUntilTheFirstSyncAndReleasesInOrderWithTheRightTimes) {
  clock.set_state(ClockState::kUnsynced);
  make();
  for (const char* circuit : {"a", "b", "a"}) {
    loop.advance(1s);
    read(circuit);
  }
  loop.advance(1s);
  EXPECT_TRUE(out.samples.empty());
  EXPECT_EQ(store.holding().waiting, 3U);
  EXPECT_EQ(store.note(), "");

  step(24h);
  EXPECT_TRUE(out.samples.empty());
  become_trusted();
  ASSERT_EQ(out.samples.size(), 3U);
  EXPECT_EQ(store.holding().waiting, 0U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(out.samples[i].reading.circuit, i == 1 ? "b" : "a");
    EXPECT_EQ(out.samples[i].stamp.time, kNoon + 24h + (i + 1) * 1s);
    EXPECT_EQ(flags(i), "held");
  }
}

TEST_F(StamperTest, DoesNotHoldAfterARestartInABootWhoseClockWasTrustedBefore) {
  make();
  read();
  loop.advance(1s);
  store.crash();
  clock.set_state(ClockState::kUnsynced);
  make();
  read();
  ASSERT_EQ(out.samples.size(), 2U);
  EXPECT_EQ(flags(1), "clock_unsynced");
  store.crash();
  make(BeforeSync::kHold, "boot-2");
  read();
  EXPECT_EQ(out.samples.size(), 2U);
  EXPECT_TRUE(stamper->waiting());
}

TEST_F(StamperTest, StampsWhatComesDuringTheReleaseBehindItAndDoesNotCallItHeld) {
  clock.set_state(ClockState::kUnsynced);
  make();
  for (std::size_t i = 0; i < 2 * Stamper::kBite + 5; ++i)
    stamper->on_reading(reading_at(loop.now() + i * 1ms));
  loop.advance(10s);
  clock.set_state(ClockState::kSynced, 4ms);
  stamper->clock_changed();
  for (std::size_t i = 0; i < 40; ++i) {  // the loop goes on turning while bites come and go
    stamper->on_reading(reading_at(loop.now() + i * 1ms, "new"));
    loop.turn();
  }
  loop.settle();
  ASSERT_EQ(out.samples.size(), 2 * Stamper::kBite + 5 + 40);
  for (std::size_t i = 0; i < out.samples.size(); ++i) {
    const bool held = i < 2 * Stamper::kBite + 5;
    EXPECT_EQ(out.samples[i].reading.circuit, held ? "ups-a" : "new") << i;
    EXPECT_EQ(flags(i), held ? "held" : "") << i;
  }
  read();
  EXPECT_EQ(store.holding().waiting, 0U);
}

TEST_F(StamperTest, StampsAHeldReadingByTheOscillatorWhenTheClockWasSlewedSince) {
  clock.set_state(ClockState::kUnsynced);
  make();
  read();
  loop.advance(10min);
  clock.slewed_by = -3s;  // the clocks ran slower for a while, until the wall clock was right
  become_trusted();
  EXPECT_EQ(out.samples.at(0).stamp.time, kNoon - 3s);
}

TEST_F(StamperTest, ContinuesInTheSameBootAfterARestart) {
  clock.set_state(ClockState::kUnsynced);
  make();
  read("a");
  loop.advance(1s);
  store.crash();
  make();
  read("b");
  step(24h);
  become_trusted();
  ASSERT_EQ(out.samples.size(), 2U);
  EXPECT_EQ(out.samples[0].stamp.time, kNoon + 24h);
  EXPECT_EQ(out.samples[0].reading.circuit, "a");
  EXPECT_EQ(flags(0), "held");
  EXPECT_EQ(out.samples[1].stamp.time, kNoon + 24h + 1s);
}

TEST_F(StamperTest, ReleasesWhatABootWithoutSyncLeftAsUnsyncedWithTheBestBoundsKnown) {
  clock.set_state(ClockState::kUnsynced);
  floor = kNoon + 2h;
  make();
  read();
  loop.advance(1s);
  read();
  loop.advance(1s);
  store.crash();

  clock.step(loop.now(), 48h);  // the next boot: another relation, another name
  clock.set_state(ClockState::kSynced, 4ms);
  make(BeforeSync::kHold, "boot-2");
  ASSERT_EQ(out.samples.size(), 2U);
  // It showed noon, which is before the floor: the earliest possible time is two hours of uptime after
  // that.
  EXPECT_EQ(out.samples[0].stamp.time, floor + 2h);
  EXPECT_EQ(out.samples[1].stamp.time, floor + 2h + 1s);
  EXPECT_EQ(out.samples[0].stamp.state, ClockState::kUnsynced);
  // And it was over when this boot began, at the wall time of monotonic zero.
  const UtcTime ceiling = clock.stamp(MonoTime{}).time;
  EXPECT_EQ(out.samples[0].stamp.error_bound, ceiling - (floor + 2h));
  EXPECT_EQ(flags(0), "clock_unsynced held");
}

TEST_F(StamperTest, BelievesTheClockOfAnEarlierBootWhereItIsPossible) {
  clock.set_state(ClockState::kUnsynced);
  make();
  read();
  loop.advance(1s);
  store.crash();
  clock.step(loop.now(), 48h);
  clock.set_state(ClockState::kSynced, 4ms);
  make(BeforeSync::kHold, "boot-2");
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(out.samples[0].stamp.time, kNoon);
  EXPECT_EQ(out.samples[0].stamp.error_bound, clock.stamp(MonoTime{}).time - kNoon);
}

TEST_F(StamperTest, MarksInsteadOfHoldingWhenToldSo) {
  clock.set_state(ClockState::kUnsynced);
  make(BeforeSync::kMark);
  read();
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(flags(0), "clock_unsynced");
  EXPECT_EQ(out.samples[0].stamp.state, ClockState::kUnsynced);
}

TEST_F(StamperTest, MarksAndDoesNotHoldWhenTrustIsLostLater) {
  make();
  clock.set_state(ClockState::kUnsynced);
  stamper->clock_changed();
  read();
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(flags(0), "clock_unsynced");
}

TEST_F(StamperTest, HoldoverIsTrustedAndNotFlagged) {
  clock.set_state(ClockState::kHoldover, 30ms);
  make();
  read();
  ASSERT_EQ(out.samples.size(), 1U);
  EXPECT_EQ(flags(0), "");
}

TEST_F(StamperTest, HoldsEventsToo) {
  clock.set_state(ClockState::kUnsynced);
  make();
  stamper->on_event({.name = "stream_started", .text = "x", .instant = loop.now(), .fields = {{"n", "1"}}});
  loop.advance(1s);
  EXPECT_TRUE(out.events.empty());
  step(1h);
  become_trusted();
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].stamp.time, kNoon + 1h);
  EXPECT_EQ(out.events[0].event.fields, (std::vector<EventField>{{"n", "1"}}));
}

TEST_F(StamperTest, GivesEventsOfOneMillisecondDifferentTimes) {
  make();
  for (int i = 0; i < 3; ++i)
    stamper->on_event({.name = "e", .text = {}, .instant = loop.now(), .fields = {}});
  ASSERT_EQ(out.events.size(), 3U);
  EXPECT_EQ(out.events[2].stamp.time, kNoon + 2ms);
}

TEST_F(StamperTest, KeepsWhatTheSinkRefusesAndTriesAgain) {
  clock.set_state(ClockState::kUnsynced);
  make();
  for (int i = 0; i < 5; ++i) {
    read();
    loop.advance(1s);
  }
  queue.capacity = 2;
  become_trusted();
  EXPECT_EQ(out.samples.size(), 2U);
  loop.advance(Stamper::kRetry);
  EXPECT_EQ(out.samples.size(), 4U);
  loop.advance(Stamper::kRetry);
  ASSERT_EQ(out.samples.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(out.samples[i].stamp.time, kNoon + i * 1s);
    EXPECT_EQ(flags(i), "held");
  }
}

TEST_F(StamperTest, CountsWhatNeitherDiskNorMemoryTakes) {
  clock.set_state(ClockState::kUnsynced);
  make();
  store.capacity = 1;
  read();
  EXPECT_EQ(stamper->dropped(), 0U);
  read();
  EXPECT_EQ(stamper->dropped(), 1U);
}

TEST_F(StamperTest, PutsWhatWaitsInMemoryOnDiskWhenTheProcessEnds) {
  make();
  clock.on_step([this](const ClockStep& step) { stamper->clock_stepped(step); });
  clock.step(loop.now(), -1s);  // which times are taken must be learnt first
  stamper->on_reading(reading_at(loop.now()));
  EXPECT_TRUE(out.samples.empty());
  stamper->stop();
  EXPECT_EQ(store.holding().waiting, 1U);
}

TEST_F(StamperTest, GivesNoTimeTwiceToACircuitWhenTheClockIsSetBack) {
  make();
  for (int i = 0; i <= 10; ++i) {
    read();
    loop.advance(1s);
  }
  step(-4s);
  for (int i = 11; i <= 20; ++i) {
    read();
    loop.advance(1s);
  }
  std::set<UtcTime> times;
  for (const auto& sample : out.samples) times.insert(sample.stamp.time);
  EXPECT_EQ(times.size(), out.samples.size());
  // 11 s after noon became 7 s after noon, which is taken: the next millisecond, and the flag says so.
  EXPECT_EQ(out.samples[11].stamp.time, kNoon + 7s + 1ms);
  EXPECT_EQ(flags(11), "clock_stepped");
  EXPECT_EQ(out.samples[14].stamp.time, kNoon + 10s + 1ms);
  EXPECT_EQ(out.samples[15].stamp.time, kNoon + 11s);
  EXPECT_EQ(flags(15), "");
}

TEST_F(StamperTest, KeepsTheTrueTimeOfARelivedSampleWhoseMillisecondIsFree) {
  make();
  loop.advance(60s);
  read();
  step(-30s);
  loop.advance(5s);
  read();
  read("another");
  EXPECT_EQ(out.samples.at(1).stamp.time, kNoon + 35s);
  EXPECT_EQ(flags(1), "clock_stepped");
  EXPECT_EQ(flags(2), "");
}

TEST_F(StamperTest, GivesNoTimeTwiceWhenTheClockWasSetBackBetweenTwoRuns) {
  make();
  for (int i = 0; i < 5; ++i) {
    loop.advance(1s);
    read();
  }
  loop.advance(1s);
  store.crash();
  clock.step(loop.now(), -3s);
  make();
  read();
  loop.advance(1s);
  read();
  ASSERT_EQ(out.samples.size(), 7U);
  EXPECT_EQ(out.samples[5].stamp.time, kNoon + 3s + 1ms);
  EXPECT_EQ(flags(5), "clock_stepped");
  EXPECT_EQ(out.samples[6].stamp.time, kNoon + 4s + 1ms);
}

TEST_F(StamperTest, LearnsMoreOfTheTakenTimesAsTheClockComesToThem) {
  store.most_times = 4;
  make();
  for (int i = 0; i < 30; ++i) {
    read();
    loop.advance(1s);
  }
  step(-20s);
  for (int i = 0; i < 30; ++i) {
    read();
    loop.advance(1s);
  }
  std::set<UtcTime> times;
  for (const auto& sample : out.samples) times.insert(sample.stamp.time);
  ASSERT_EQ(out.samples.size(), 60U);
  EXPECT_EQ(times.size(), 60U);
  for (std::size_t i = 30; i < 60; ++i) EXPECT_EQ(flags(i), i < 50 ? "clock_stepped" : "") << i;
}

TEST_F(StamperTest, FlagsOnlyWhatIsRelivedAfterAnExcursionIntoTheFuture) {
  make();
  read();
  step(24h * 365 * 10);
  loop.advance(1s);
  read();
  step(-24h * 365 * 10);
  loop.advance(1s);
  for (int i = 0; i < 10; ++i) {
    read();
    loop.advance(1s);
  }
  for (std::size_t i = 2; i < out.samples.size(); ++i) EXPECT_EQ(flags(i), "") << i;
  store.crash();
  make();
  read();
  EXPECT_EQ(out.samples.back().reading.flags.to_string(), "");
}

TEST_F(StamperTest, WaitsAgainWhenSomebodySetsTheClockDuringTheRelease) {
  clock.set_state(ClockState::kUnsynced);
  make();
  for (std::size_t i = 0; i < 3 * Stamper::kBite; ++i) stamper->on_reading(reading_at(loop.now()));
  loop.advance(1s);
  queue.capacity = 10;  // the disk is behind: the release takes a while
  become_trusted();
  const std::size_t before = out.samples.size();
  ASSERT_LT(before, 3 * Stamper::kBite);
  clock.set_state(ClockState::kUnsynced);
  step(-24h);
  loop.advance(10s);
  EXPECT_TRUE(stamper->waiting());
  EXPECT_EQ(out.samples.size(), before);
  queue.capacity = SIZE_MAX;
  step(24h);
  become_trusted();
  loop.advance(10s);
  ASSERT_EQ(out.samples.size(), 3 * Stamper::kBite);
  for (const auto& sample : out.samples) {
    EXPECT_LE(sample.stamp.time - kNoon, 3s);
    EXPECT_GE(sample.stamp.time, kNoon);
  }
}

TEST_F(StamperTest, TellsWhatIsLostAsAnEvent) {
  clock.set_state(ClockState::kUnsynced);
  make();
  store.capacity = 1;
  for (int i = 0; i < 4; ++i) read();
  store.capacity = SIZE_MAX;
  loop.advance(2min);
  become_trusted();
  ASSERT_EQ(out.events.size(), 2U);
  EXPECT_EQ(out.events[0].event.name, "readings_lost");
  EXPECT_EQ(out.events[0].event.fields, (std::vector<EventField>{{"count", "1"}}));
  EXPECT_EQ(out.events[1].event.fields, (std::vector<EventField>{{"count", "2"}}));
}

TEST_F(StamperTest, FlagsTheReadingThatWasUnderWayWhenTheClockStepped) {
  make();
  loop.advance(10s);
  step(1h);
  const MonoTime set = loop.now();
  stamper->on_reading(reading_at(set + 50ms));
  stamper->on_reading(reading_at(set + 51ms, "another"));
  EXPECT_EQ(flags(0), "clock_stepped");
  EXPECT_EQ(flags(1), "");
}

TEST_F(StamperTest, TouchesTheDiskOnlyToLearnWhichTimesAreTaken) {
  make();
  EXPECT_EQ(store.times_read, 1U);
  for (int i = 0; i < 10; ++i) read();
  step(1h);
  EXPECT_EQ(store.times_read, 1U);
  step(-1h);
  EXPECT_EQ(store.times_read, 2U);
  EXPECT_TRUE(store.entries().empty());
}

}  // namespace
}  // namespace submeter::clock
