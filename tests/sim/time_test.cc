// SPDX-License-Identifier: Apache-2.0
// Time that can be billed on: boots in 1970, restarts, kills and steps of the clock. What the buses handed
// over (SimulatedSite::taken) is the truth; each of it must be one record, in order, with the time it was
// taken.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/site.h"

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

// 2026-11-21T12:00:00Z
constexpr UtcTime kNoon{1'795'262'400'000ms};

const std::string kSite = R"(
buses:
  line: {type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: none, response_timeout: 300ms}
  floor: {type: tcp, host: 10.0.4.20}
meters:
  m1: {bus: line, unit: 1, map: eastron-sdm120, interval: 5s, points: [power_kw, energy_import_kwh]}
  m2: {bus: line, unit: 2, map: eastron-sdm120, interval: 7s, points: [power_kw]}
  m3: {bus: floor, unit: 3, map: eastron-sdm120, interval: 2s, points: [power_kw, energy_import_kwh]}
)";

class TimeTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  TimeTest() { site.keeps_taken = true; }

  /// The machine starts without a clock battery and without a network.
  void boot_in_1970(const std::string& boot = "boot-1") {
    site.kill();
    site.taken.clear();
    site.kernel.set_wall(UtcTime{20s});
    site.kernel.synchronised = false;
    site.start(boot);
  }
  /// Sets the clock right, and remembers what that is.
  void set_right(UtcTime now = kNoon) {
    site.set_right(now);
    right_ = now - site.loop.now().time_since_epoch();
  }
  UtcTime true_time(MonoTime instant) const {
    return std::chrono::floor<std::chrono::milliseconds>(right_ + instant.time_since_epoch());
  }
  static bool touches(const Reading& reading, MonoTime instant) {
    return reading.instant - reading.span / 2 <= instant && instant <= reading.instant + reading.span / 2;
  }
  Duration some_time(Duration most) {
    return Duration(static_cast<Duration::rep>(chance_() % static_cast<std::uint64_t>(most.count())));
  }
  std::vector<Record> all_samples() const {
    std::vector<Record> found;
    for (const Record& record : site.queue.records()) {
      if (record.kind == RecordKind::kSample) found.push_back(record);
    }
    return found;
  }

  /// Each record's place in the stream follows the one before, and no two have one key.
  void expect_a_sound_stream() const {
    std::set<std::pair<std::string, UtcTime>> keys;
    std::uint64_t seq = 0;
    for (const Record& record : site.queue.records()) {
      EXPECT_EQ(record.seq.value, ++seq);
      EXPECT_TRUE(keys.emplace(to_string(record.kind) + record.circuit, record.time).second) << record.json;
    }
  }
  /// Every reading but `lost` is one record, in order, at its true time.
  void expect_every_reading_once(std::size_t lost = 0) const {
    const std::vector<Record> samples = all_samples();
    ASSERT_EQ(samples.size() + lost, site.taken.size());
    std::size_t next = 0;
    for (const Record& sample : samples) {
      while (next < site.taken.size() && (site.taken[next].circuit != sample.circuit ||
                                          true_time(site.taken[next].instant) != sample.time)) {
        ++next;  // one that was lost; that they are no more than `lost` the sizes say
      }
      ASSERT_LT(next++, site.taken.size()) << "no reading was taken then: " << sample.json;
    }
  }

  SimulatedSite site{kSite, {}, GetParam()};
  std::mt19937_64 chance_{GetParam()};
  clock::KernelClock::WallTime right_{};  // at the monotonic clock's zero
};

TEST_P(TimeTest, TenMinutesAfterABootIn1970EveryRecordIsStampedRightAndPublishedOnce) {
  boot_in_1970();
  site.run(10min + some_time(10s));
  EXPECT_TRUE(site.queue.records().empty());
  EXPECT_GE(site.store.holding().waiting, 119U + 85U + 299U);
  const std::size_t held = site.taken.size();
  const MonoTime set = site.loop.now();
  set_right();
  site.run(30s);
  expect_a_sound_stream();
  expect_every_reading_once();
  const std::vector<Record> samples = all_samples();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(text_of(samples[i], "clock"), "synced");
    const bool under_way = touches(site.taken[i], set);
    EXPECT_EQ(text_of(samples[i], "qf"), i < held    ? "held"
                                         : under_way ? "clock_stepped"
                                                     : "")
        << samples[i].json;
  }
}

TEST_P(TimeTest, ARestartBeforeTheSyncLosesNothing) {
  boot_in_1970();
  site.run(5min + some_time(10s));
  site.stop();
  site.run(some_time(20s));
  site.start();
  site.run(5min);
  EXPECT_TRUE(site.queue.records().empty());
  set_right();
  site.run(30s);
  expect_a_sound_stream();
  expect_every_reading_once();
}

// Before the sync, while held readings become records, and after: a kill costs what was not yet committed.
TEST_P(TimeTest, KillsAtAnyMomentCostOnlyWhatWasNotCommitted) {
  boot_in_1970();
  std::size_t lost = 0;
  const auto kill_and_start = [&] {
    const std::size_t before = site.queue.records().size() + site.store.entries().size();
    site.kill();
    const std::size_t after = site.queue.records().size() + site.store.entries().size();
    lost += before - after;
    EXPECT_LE(before - after, 6U);  // 250 ms of this site
    site.run(some_time(3s));
    site.start();
  };
  for (int i = 0; i < 3; ++i) {
    site.run(some_time(3min));
    kill_and_start();
  }
  set_right();
  for (int i = 0; i < 3; ++i) {
    site.run(some_time(400ms));
    kill_and_start();
  }
  site.run(1min);
  expect_a_sound_stream();
  for (const Record& sample : all_samples()) {
    EXPECT_NE(text_of(sample, "clock"), "unsynced");
  }
  // Readings under way at a kill never left the bus; what left it is a record or was lost with the commit.
  const std::vector<Record> samples = all_samples();
  EXPECT_EQ(site.store.holding().waiting, 0U);
  EXPECT_LE(site.taken.size() - samples.size(), 6U * 6U);
  expect_every_reading_once(site.taken.size() - samples.size());
}

TEST_P(TimeTest, WhatABootWithoutSyncLeftIsReleasedUnsyncedAndWithinItsBounds) {
  set_right(kNoon - 24h);  // an earlier boot knew the time
  site.run(1min);
  const UtcTime floor = clock::parse_sync_note(site.store.note()).value().sure;
  boot_in_1970("boot-2");
  site.run(some_time(5min));
  const MonoTime ended = site.loop.now();
  site.kill();
  const std::size_t left = site.store.entries().size();
  const std::size_t before = all_samples().size();
  site.run(10min);
  site.kernel.set_wall(kNoon);
  site.kernel.synchronised = true;
  site.start("boot-3");
  site.run(10s);
  expect_a_sound_stream();
  const std::vector<Record> samples = all_samples();
  ASSERT_GE(samples.size(), before + left);
  for (std::size_t i = before; i < before + left; ++i) {
    EXPECT_EQ(text_of(samples[i], "clock"), "unsynced");
    EXPECT_EQ(text_of(samples[i], "qf"), "clock_unsynced held");
    EXPECT_GE(samples[i].time, floor);
    EXPECT_LE(samples[i].time, kNoon);
    if (i > before) {
      EXPECT_GE(samples[i].time + 3s, samples[i - 1].time);
    }
  }
  for (std::size_t i = before + left; i < samples.size(); ++i) EXPECT_EQ(text_of(samples[i], "qf"), "");
  EXPECT_LT(ended, site.loop.now());
}

TEST_P(TimeTest, AStepIsAnEventWithBothTimesAndNoTwoRecordsShareAKey) {
  constexpr Duration kSteps[] = {1h, -1h, -10s, 300ms, -300ms};
  const Duration by = kSteps[GetParam() % std::size(kSteps)];
  set_right();
  site.run(70min + some_time(1min));
  const UtcTime before = true_time(site.loop.now());
  const MonoTime stepped = site.loop.now();
  site.step(by);
  site.run(70min);
  expect_a_sound_stream();
  const std::vector<Record> events = site.events();
  const auto is_step = [](const Record& event) { return text_of(event, "event") == "clock_step"; };
  const auto last = std::find_if(events.rbegin(), events.rend(), is_step);
  ASSERT_NE(last, events.rend());
  EXPECT_EQ(number_of(*last, "from_ts"), std::to_string(before.time_since_epoch().count()));
  const auto moved = std::chrono::floor<std::chrono::milliseconds>(by);
  EXPECT_EQ(number_of(*last, "to_ts"), std::to_string((before + moved).time_since_epoch().count()));

  // Behind the step as before it: the time the clock showed, or the next free millisecond where that one was
  // used.
  std::size_t next = 0;
  for (const Record& sample : all_samples()) {
    ASSERT_LT(next, site.taken.size());
    const Reading& reading = site.taken[next++];
    EXPECT_EQ(sample.circuit, reading.circuit);
    const UtcTime old_time = true_time(reading.instant);
    if (old_time >= before) {
      EXPECT_GE(sample.time, old_time + moved);
      EXPECT_LE(sample.time, old_time + moved + 2ms);
      const bool relived = by < 0s && old_time + moved < before;
      EXPECT_EQ(text_of(sample, "qf") == "clock_stepped", relived || touches(reading, stepped))
          << sample.json;
    } else {
      EXPECT_EQ(sample.time, old_time);
    }
  }
}

// The network and its time servers are away, and the service is restarted: it goes on, with a growing bound.
TEST_P(TimeTest, ARestartInHoldoverHoldsNothing) {
  set_right();
  site.run(2min + some_time(10s));
  site.kernel.synchronised = false;
  site.run(10min);
  GetParam() % 2 == 0 ? site.kill() : site.stop();
  site.run(some_time(1min));
  site.start();
  site.run(2h);
  EXPECT_EQ(site.store.holding().waiting, 0U);
  expect_a_sound_stream();
  const std::vector<Record> samples = all_samples();
  EXPECT_EQ(text_of(samples.back(), "clock"), "holdover");
  // 3 ms and a little before the source went, 100 ppm of more than two hours since.
  EXPECT_GE(std::stoi(number_of(samples.back(), "clk_err_ms")), 723 + 60);
}

TEST_P(TimeTest, AStepWhileTheServiceWasDownIsToldAndNoKeyIsUsedTwice) {
  set_right();
  site.run(10min);
  GetParam() % 2 == 0 ? site.kill() : site.stop();
  site.run(5s);
  const UtcTime before = true_time(site.loop.now());
  site.kernel.step(-6min);
  site.start();
  site.run(10min);
  expect_a_sound_stream();
  const std::vector<Record> events = site.events();
  ASSERT_EQ(events.size(), 2U);  // the first is set_right()
  EXPECT_EQ(number_of(events[1], "from_ts"), std::to_string(before.time_since_epoch().count()));
  EXPECT_EQ(number_of(events[1], "to_ts"), std::to_string((before - 6min).time_since_epoch().count()));
}

TEST_P(TimeTest, AStepIsToldOnceHoweverOftenTheServiceIsRestarted) {
  set_right();
  site.run(1min);
  site.kernel.synchronised = false;
  site.run(some_time(5s));
  site.step(-1h);
  site.run(some_time(5s));
  for (int i = 0; i < 3; ++i) {
    GetParam() % 2 == 0 ? site.kill() : site.stop();
    site.run(some_time(10s));
    site.start();
    site.run(10s);
  }
  EXPECT_EQ(site.events().size(),
            2U);  // the other is set_right(); one that a kill kept off the disk is told later
  expect_a_sound_stream();
}

// A leap second that is smeared over hours, and a clock that is slewed: nothing is a step, no key is used
// twice.
TEST_P(TimeTest, ASmearedLeapSecondIsNoStep) {
  set_right();
  for (int second = 0; second < 3600; ++second) {
    site.kernel.step(GetParam() % 2 == 0 ? 11'574ns : -11'574ns);  // a second a day
    site.run(1s);
  }
  expect_a_sound_stream();
  const std::vector<Record> events = site.events();
  EXPECT_EQ(
      std::ranges::count_if(events, [](const Record& e) { return text_of(e, "event") == "clock_step"; }),
      1);  // set_right()
  for (const Record& sample : all_samples()) EXPECT_EQ(text_of(sample, "qf"), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimeTest, ::testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace submeter::test
