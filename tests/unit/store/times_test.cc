// SPDX-License-Identifier: Apache-2.0
// Which times are taken, asked of the store.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

class TimesTest : public StoreTest {
 protected:
  /// Appends a record with this time and waits until it is on disk.
  static void append_at(Life& life, std::int64_t time, RecordKind kind = RecordKind::kSample) {
    Record record = make_record(life.queue->next_sequence());
    record.circuit = "c";
    record.time = ms(time);
    record.kind = kind;
    ASSERT_TRUE(life.queue->append(record) && life.flush());
  }
  static std::multiset<std::int64_t> read(Life& life, std::int64_t since) {
    std::multiset<std::int64_t> times;
    for (const SampleTime& taken : life.read_times(ms(since))) {
      times.insert(taken.time.time_since_epoch().count());
    }
    return times;
  }
};

using Times = std::multiset<std::int64_t>;

TEST_F(TimesTest, AreThoseOfSamplesFromATimeOn) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  const std::vector<SampleTime> times = life->read_times(make_record(Sequence{8}).time);
  ASSERT_EQ(times.size(), 3U);
  for (const SampleTime& taken : times) {
    EXPECT_GE(taken.time, make_record(Sequence{8}).time);
    EXPECT_LE(taken.time, make_record(Sequence{10}).time);
  }
}

TEST_F(TimesTest, AreFoundBehindTheLaterOnesOfAClockThatWasSetBack) {
  const auto life = open();
  for (const std::int64_t time : {1000, 9000, 2000, 3000, 9500, 4000}) append_at(*life, time);
  EXPECT_EQ(read(*life, 3000), (Times{3000, 4000, 9000, 9500}));
  EXPECT_EQ(read(*life, 9501), Times{});
  EXPECT_EQ(read(*life, 0).size(), 6U);
}

TEST_F(TimesTest, AreThoseOfRecordsThatAreOnTheirWayToo) {
  const auto life = open();
  ASSERT_TRUE(life->queue->append(make_record(Sequence{1})));
  EXPECT_EQ(life->read_times(UtcTime{}).size(), 1U);
}

TEST_F(TimesTest, AreThoseOfEventsToo) {
  const auto life = open();
  append_at(*life, 1000);
  append_at(*life, 2000, RecordKind::kEvent);
  append_at(*life, 3000, RecordKind::kInterval);
  const std::vector<SampleTime> times = life->read_times(ms(0));
  ASSERT_EQ(times.size(), 2U);
  EXPECT_EQ(std::ranges::count(times, SampleTime{.circuit = "", .time = ms(2000)}), 1)
      << "as of a circuit without a name";
  EXPECT_EQ(std::ranges::count(times, SampleTime{.circuit = "c", .time = ms(1000)}), 1);
}

TEST_F(TimesTest, AreFoundAfterARestartAndAfterACrash) {
  {
    const auto life = open();
    for (const std::int64_t time : {1000, 9000, 2000}) append_at(*life, time);
  }
  tamper("UPDATE state SET times = x'', newest = 0");  // as if it had never been saved
  const auto life = open();
  EXPECT_EQ(read(*life, 1500), (Times{2000, 9000}));
}

TEST_F(TimesTest, OpenOnlyBlocksThatCanMatch) {
  {
    const auto life = open();
    for (const std::int64_t time : {1000, 9000, 2000, 3000}) append_at(*life, time);
  }
  tamper("UPDATE block SET data = zeroblob(length(data)) WHERE newest_ms < 3000");
  ASSERT_TRUE(QueueFile(directory_.database()).open().ok());
  const auto life = open();
  EXPECT_EQ(read(*life, 3000), (Times{3000, 9000}));
  EXPECT_TRUE(life->events.empty());
}

TEST_F(TimesTest, LookAtNothingWhereEverythingIsEarlier) {
  ASSERT_TRUE(QueueFile::create(directory_.database()).ok());
  QueueFile file(directory_.database());
  ASSERT_TRUE(file.open().ok() && file.begin().ok());
  for (std::uint64_t seq = 1; seq <= 3000; ++seq) {
    const Record record = make_record(Sequence{seq}, 20);
    ASSERT_TRUE(file.add({&record, 1}).ok());
  }
  ASSERT_TRUE(file.commit().ok());
  TimesSearch search{.since = make_record(Sequence{3001}).time, .limit = 10, .found = {}};
  ASSERT_TRUE(file.search(search).ok());
  EXPECT_TRUE(search.complete);
  EXPECT_TRUE(search.found.empty());
  EXPECT_EQ(search.before, TimesSearch{}.before) << "a block was looked at";
}

TEST_F(TimesTest, AreReadInStepsAndOfTooManyTheEarliest) {
  ASSERT_TRUE(QueueFile::create(directory_.database()).ok());
  QueueFile file(directory_.database());
  ASSERT_TRUE(file.open().ok() && file.begin().ok());
  for (std::uint64_t seq = 1; seq <= QueueFile::kSearchOpens + 10; ++seq) {
    const Record record = make_record(Sequence{seq}, 20);
    ASSERT_TRUE(file.add({&record, 1}).ok());
  }
  ASSERT_TRUE(file.commit().ok());
  TimesSearch all{.since = UtcTime{}, .limit = 1000, .found = {}};
  ASSERT_TRUE(file.search(all).ok());
  EXPECT_FALSE(all.complete);
  EXPECT_EQ(all.found.size(), QueueFile::kSearchOpens);
  ASSERT_TRUE(file.search(all).ok());
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.found.size(), QueueFile::kSearchOpens + 10);

  EXPECT_FALSE(all.truncated);

  TimesSearch some{.since = make_record(Sequence{3}).time, .limit = 7, .found = {}};
  while (!some.complete) ASSERT_TRUE(file.search(some).ok());
  EXPECT_TRUE(some.truncated);
  ASSERT_EQ(some.found.size(), 7U);
  std::ranges::sort(some.found, {}, &SampleTime::time);
  for (std::uint64_t i = 0; i < 7; ++i) EXPECT_EQ(some.found[i].time, make_record(Sequence{3 + i}).time);

  TimesSearch last{.since = make_record(Sequence{QueueFile::kSearchOpens + 4}).time, .limit = 7, .found = {}};
  while (!last.complete) ASSERT_TRUE(file.search(last).ok());
  EXPECT_EQ(last.found.size(), 7U);
  EXPECT_FALSE(last.truncated);
}

}  // namespace
}  // namespace submeter::store
