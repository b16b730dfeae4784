// SPDX-License-Identifier: Apache-2.0
// What is kept of a span of time, read from the real file.
#include "store/range_read.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

UtcTime time_of(std::uint64_t seq) {
  return make_record(Sequence{seq}).time;
}

RangeQuery span(UtcTime from, UtcTime to, Sequence after = {}) {
  return {.from = from, .to = to, .circuits = {}, .after = after};
}

const RangeQuery kAll = span(UtcTime{}, UtcTime::max());

using Sequences = std::vector<std::uint64_t>;

Sequences sequences(const RangeBite& bite) {
  Sequences found;
  for (const Record& record : bite.records) found.push_back(record.seq.value);
  return found;
}

class RangeRead : public StoreTest {
 protected:
  /// Three blocks: 1 to 10, 11 to 20, 21 to 30.
  std::unique_ptr<Life> open_with_three_blocks() {
    auto life = open();
    for (int block = 0; block < 3; ++block) EXPECT_TRUE(life->append_and_flush(10));
    return life;
  }
};

TEST_F(RangeRead, TakesTheBeginOfTheSpanAndNotItsEnd) {
  const auto life = open_with_three_blocks();
  const RangeBite bite = life->read_range(span(time_of(9), time_of(12)));
  EXPECT_EQ(sequences(bite), (Sequences{9, 10, 11}));
  for (const Record& record : bite.records) EXPECT_EQ(record, make_record(record.seq));
  EXPECT_TRUE(bite.done);
  EXPECT_TRUE(bite.missing.empty());
  const auto one_ms = std::chrono::milliseconds{1};
  EXPECT_EQ(sequences(life->read_range(span(time_of(9) + one_ms, time_of(12) + one_ms))),
            (Sequences{10, 11, 12}));
  EXPECT_EQ(sequences(life->read_range(span(time_of(9), time_of(9)))), Sequences{});
  EXPECT_EQ(sequences(life->read_range(span(time_of(9), time_of(9) + one_ms))), Sequences{9});
}

TEST_F(RangeRead, FindsNothingBeforeAndBehindWhatIsKept) {
  const auto life = open_with_three_blocks();
  for (const RangeQuery& query : {span(UtcTime{}, time_of(1)), span(time_of(31), UtcTime::max())}) {
    const RangeBite bite = life->read_range(query);
    EXPECT_TRUE(bite.records.empty() && bite.missing.empty() && bite.done);
  }
}

TEST_F(RangeRead, TakesDeliveredRecordsToo) {
  const auto life = open_with_three_blocks();
  life->queue->acknowledge(Sequence{30});
  ASSERT_TRUE(life->flush());
  EXPECT_EQ(life->read_range(kAll).records.size(), 30U);
}

TEST_F(RangeRead, TakesOnlyTheCircuitsAskedFor) {
  const auto life = open_with_three_blocks();
  RangeQuery query = kAll;
  query.circuits = {"circuit-1", "circuit-6", "no such circuit"};  // seq % 7 in the records made here
  EXPECT_EQ(sequences(life->read_range(query)), (Sequences{1, 6, 8, 13, 15, 20, 22, 27, 29}));
}

TEST_F(RangeRead, FindsRecordsOfAClockThatWasSetBack) {
  const auto life = open();
  for (const std::int64_t time : {1000, 9000, 2000, 3000, 9500, 4000}) {
    Record record = make_record(life->queue->next_sequence());
    record.time = ms(time);
    ASSERT_TRUE(life->queue->append(record) && life->flush());
  }
  EXPECT_EQ(sequences(life->read_range(span(ms(2000), ms(9000)))), (Sequences{3, 4, 6}));
}

TEST_F(RangeRead, GivesFiveHundredRecordsABiteAtMost) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(499));
  EXPECT_TRUE(life->read_range(kAll).done);
  ASSERT_TRUE(life->append_and_flush(1));
  const RangeBite whole = life->read_range(kAll);
  EXPECT_EQ(whole.records.size(), 500U);
  EXPECT_TRUE(whole.done);
  ASSERT_TRUE(life->append_and_flush(1));
  const RangeBite first = life->read_range(kAll);
  EXPECT_EQ(first.records.size(), 500U);
  EXPECT_FALSE(first.done);
  EXPECT_EQ(first.next, Sequence{500});
  const RangeBite second = life->read_range(span(UtcTime{}, UtcTime::max(), first.next));
  EXPECT_EQ(sequences(second), Sequences{501});
  EXPECT_TRUE(second.done);
}

TEST_F(RangeRead, GoesOnInTheMiddleOfABlock) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(700));  // one block
  const RangeBite first = life->read_range(kAll);
  const RangeBite second = life->read_range(span(UtcTime{}, UtcTime::max(), first.next));
  EXPECT_EQ(second.records.size(), 200U);
  EXPECT_EQ(second.records.front(), make_record(Sequence{501}));
  EXPECT_TRUE(second.missing.empty());
}

TEST_F(RangeRead, GivesAQuarterMebibyteABiteAtMostButAlwaysARecord) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(4, 64ULL * 1024));
  ASSERT_TRUE(life->append_and_flush(1, 10));
  const RangeBite four = life->read_range(kAll);
  EXPECT_EQ(sequences(four), (Sequences{1, 2, 3, 4}));
  EXPECT_EQ(four.bytes, RangeBite::kMaxBytes);
  EXPECT_EQ(sequences(life->read_range(span(UtcTime{}, UtcTime::max(), Sequence{1}))),
            (Sequences{2, 3, 4, 5}));
  ASSERT_TRUE(life->append_and_flush(1, RangeBite::kMaxBytes + 1));
  EXPECT_EQ(sequences(life->read_range(span(UtcTime{}, UtcTime::max(), Sequence{4}))), Sequences{5});
  EXPECT_EQ(sequences(life->read_range(span(UtcTime{}, UtcTime::max(), Sequence{5}))), Sequences{6});
}

TEST_F(RangeRead, OpensSoManyBlocksABite) {
  const auto life = open();
  RangeQuery nothing = kAll;
  nothing.circuits = {"no such circuit"};
  for (std::size_t block = 1; block < QueueFile::kRangeOpens; ++block) ASSERT_TRUE(life->append_and_flush(1));
  EXPECT_TRUE(life->read_range(nothing).done);
  for (const int more : {1, 2}) {
    ASSERT_TRUE(life->append_and_flush(1));
    const RangeBite bite = life->read_range(nothing);
    EXPECT_FALSE(bite.done) << more;
    EXPECT_EQ(bite.next, Sequence{QueueFile::kRangeOpens}) << more;
  }
}

TEST_F(RangeRead, SaysWhichDamagedBlockMayHaveBeenOfTheSpan) {
  open_with_three_blocks();
  tamper("UPDATE block SET data = x'00' WHERE first_seq = 11");
  const auto life = open();
  const RangeBite bite = life->read_range(kAll);
  EXPECT_EQ(bite.records.size(), 20U);
  EXPECT_EQ(bite.missing, (std::vector<SequenceRange>{{{11}, {20}}}));
  EXPECT_TRUE(bite.done);
  EXPECT_TRUE(life->read_range(span(time_of(1), time_of(11))).missing.empty());
  EXPECT_EQ(life->read_range(span(time_of(1), time_of(12))).missing.size(), 1U);
  EXPECT_EQ(life->read_range(span(time_of(20), time_of(99))).missing.size(), 1U);
  EXPECT_TRUE(life->read_range(span(time_of(21), time_of(99))).missing.empty());
}

TEST_F(RangeRead, SaysWhatWasRemovedWhereTheSpanBeginsBeforeWhatIsKept) {
  open_with_three_blocks();
  tamper("DELETE FROM block WHERE first_seq = 1");
  const auto life = open();
  const auto one_ms = std::chrono::milliseconds{1};
  const RangeBite bite = life->read_range(span(time_of(10), time_of(13)));
  EXPECT_EQ(sequences(bite), (Sequences{11, 12}));
  EXPECT_EQ(bite.missing, (std::vector<SequenceRange>{{{1}, {10}}}));
  EXPECT_TRUE(life->read_range(span(time_of(10) + one_ms, time_of(13))).missing.empty());
  EXPECT_EQ(life->read_range(span(time_of(1), time_of(2))).missing.size(), 1U);
  EXPECT_EQ(life->queue->oldest_kept(), Sequence{11});
}

TEST_F(RangeRead, SaysWhatWasRemovedBetweenTwoBites) {
  open_with_three_blocks();
  tamper("DELETE FROM block WHERE first_seq <= 11");
  const auto life = open();
  const RangeBite bite = life->read_range(span(UtcTime{}, UtcTime::max(), Sequence{5}));
  EXPECT_EQ(bite.missing, (std::vector<SequenceRange>{{{6}, {20}}}));
  EXPECT_EQ(bite.records.size(), 10U);
}

TEST_F(RangeRead, KnowsTheFirstRecordThatIsKept) {
  options_.keep_delivered = std::chrono::seconds{5};
  const auto life = open();
  EXPECT_EQ(life->queue->oldest_kept(), Sequence{0});
  ASSERT_TRUE(life->append_and_flush(1));
  EXPECT_EQ(life->queue->oldest_kept(), Sequence{1});
  ASSERT_TRUE(life->append_and_flush(9));
  life->queue->acknowledge(Sequence{10});
  ASSERT_TRUE(life->flush());  // the block of record 1 is 9 s older than record 10
  EXPECT_EQ(life->queue->oldest_kept(), Sequence{2});
}

}  // namespace
}  // namespace submeter::store
