// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_queue.h"

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

using SqliteQueueTest = StoreTest;

void expect_run(const std::vector<Record>& records, std::uint64_t first, std::uint64_t last) {
  ASSERT_EQ(records.size(), last - first + 1);
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    EXPECT_EQ(records[seq - first], make_record(Sequence{seq}, records[seq - first].json.size()));
  }
}

TEST_F(SqliteQueueTest, BeginsAStreamWithARandomNameOfTenCharacters) {
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_EQ(life->queue->stream().size(), 10U);
  for (const char c : life->queue->stream()) EXPECT_TRUE(std::islower(c) != 0 || std::isdigit(c) != 0) << c;
  EXPECT_EQ(life->queue->next_sequence(), Sequence{1});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{0});
  EXPECT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
}

TEST_F(SqliteQueueTest, TellsOfRecordsInOrderOnceTheyAreOnDisk) {
  const auto life = open();
  ASSERT_TRUE(life->append(3));
  EXPECT_TRUE(life->committed.empty());
  EXPECT_EQ(life->queue->status().uncommitted, 3U);
  ASSERT_TRUE(life->wait_for([&] { return life->committed.size() == 3; }));
  expect_run(life->committed, 1, 3);
  EXPECT_EQ(life->queue->status().uncommitted, 0U);
  EXPECT_EQ(life->queue->status().undelivered, 3U);
  EXPECT_EQ(life->queue->status().oldest_undelivered, make_record(Sequence{1}).time);
}

TEST_F(SqliteQueueTest, CommitsAfterTheIntervalWithoutBeingAsked) {
  options_.commit_interval = std::chrono::milliseconds{50};
  const auto life = open();
  ASSERT_TRUE(life->append(2));
  ASSERT_TRUE(life->wait_for([&] { return !life->committed.empty(); }));
  EXPECT_EQ(life->committed.size(), 2U);
}

TEST_F(SqliteQueueTest, ReadsCommittedRecordsBackByteForByte) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  ASSERT_TRUE(life->append_and_flush(10));
  expect_run(life->read_after(Sequence{0}, 100), 1, 20);
  expect_run(life->read_after(Sequence{4}, 9), 5, 13);
  expect_run(life->read_after(Sequence{10}, 1), 11, 11);
  expect_run(life->read_after(Sequence{19}, 100), 20, 20);
  EXPECT_TRUE(life->read_after(Sequence{20}, 100).empty());
  EXPECT_TRUE(life->read_after(Sequence{5}, 0).empty());
}

TEST_F(SqliteQueueTest, SplitsALargeBatchAndReadsAcrossItsBlocks) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(QueueFile::kMaxBlockRecords + 1, 20));
  ASSERT_TRUE(life->append_and_flush(40, 20'000));
  const auto records = life->read_after(Sequence{QueueFile::kMaxBlockRecords - 1}, 30);
  expect_run(records, QueueFile::kMaxBlockRecords, QueueFile::kMaxBlockRecords + 29);
}

TEST_F(SqliteQueueTest, ContinuesStreamAndSequenceAfterARestart) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(5));
    life->queue->acknowledge(Sequence{3});
    ASSERT_TRUE(life->append(2));  // committed by the end of the queue
  }
  const auto life = open();
  EXPECT_EQ(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{8});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{3});
  EXPECT_EQ(life->queue->status().undelivered, 4U);
  EXPECT_LE(life->queue->status().oldest_undelivered, make_record(Sequence{4}).time);
  expect_run(life->read_after(life->queue->acknowledged(), 100), 4, 7);
  EXPECT_TRUE(life->events.empty());
}

TEST_F(SqliteQueueTest, SavesTheCursorWithAFlush) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(5));
  life->queue->acknowledge(Sequence{4});
  ASSERT_TRUE(life->flush());
  Result<Database> beside = Database::open(directory_.database(), Database::Mode::kExisting);
  ASSERT_TRUE(beside.ok());
  const Result<std::string> cursor = beside->query_text("SELECT acknowledged FROM state");
  ASSERT_TRUE(cursor.ok());
  EXPECT_EQ(*cursor, "4");
}

TEST_F(SqliteQueueTest, NeverMovesTheCursorBack) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(5));
  life->queue->acknowledge(Sequence{4});
  life->queue->acknowledge(Sequence{2});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{4});
  EXPECT_EQ(life->queue->status().undelivered, 1U);
}

TEST_F(SqliteQueueTest, ReportsNoAgeWhenEverythingIsDelivered) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(5));
  life->queue->acknowledge(Sequence{5});
  EXPECT_EQ(life->queue->status().undelivered, 0U);
  EXPECT_EQ(life->queue->status().oldest_undelivered, UtcTime{});
  EXPECT_GT(life->queue->status().bytes_on_disk, 0U);
}

TEST_F(SqliteQueueTest, RefusesWhatDoesNotFitTheHandOver) {
  options_.commit_interval = std::chrono::minutes{1};  // nothing leaves the hand-over before it is full
  const auto life = open();
  ASSERT_TRUE(life->append(SqliteQueue::kMaxUncommitted, 20));
  const Sequence next = life->queue->next_sequence();
  EXPECT_FALSE(life->append(1, 20));
  EXPECT_EQ(life->queue->next_sequence(), next);
  EXPECT_EQ(life->queue->status().refused, 1U);
  ASSERT_TRUE(life->flush());
  EXPECT_EQ(life->committed.size(), SqliteQueue::kMaxUncommitted);
  EXPECT_TRUE(life->append(1, 20));
}

TEST_F(SqliteQueueTest, RefusesMoreBytesThanTheHandOverHolds) {
  options_.commit_interval = std::chrono::minutes{1};
  const auto life = open();
  constexpr std::size_t kMiB = 1 << 20;
  const std::size_t fits = SqliteQueue::kMaxUncommittedBytes / kMiB;
  ASSERT_TRUE(life->append(fits, kMiB));
  EXPECT_FALSE(life->append(1, 20));
  ASSERT_TRUE(life->flush());
  EXPECT_TRUE(life->append_and_flush(1, 20));
}

TEST_F(SqliteQueueTest, FlushesAnEmptyQueue) {
  EXPECT_TRUE(open()->flush());
}

TEST_F(SqliteQueueTest, KeepsItsPaceUpWithoutRecords) {
  const auto life = open();
  const std::uint64_t before = life->queue->heartbeat();
  ASSERT_TRUE(life->flush());
  EXPECT_GT(life->queue->heartbeat(), before);
}

TEST_F(SqliteQueueTest, RunsNoCallbackAfterItsEnd) {
  const auto life = open();
  ASSERT_TRUE(life->append(3));
  life->queue->read_after(Sequence{0}, 10, [](const std::vector<Record>&) { FAIL(); });
  life->queue->flush([] { FAIL(); });
  life->queue.reset();
  Timer soon(life->loop(), [&] { life->loop().stop(); });
  soon.start_after(std::chrono::milliseconds{1});
  life->loop().run();
  EXPECT_TRUE(life->committed.empty());
}

TEST_F(SqliteQueueTest, SkipsADamagedBlockAndSaysWhatIsLost) {
  {
    const auto life = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(life->append_and_flush(10));
  }
  tamper("UPDATE block SET data = zeroblob(length(data)) WHERE first_seq = 11");
  const auto life = open();
  const std::vector<Record> records = life->read_after(Sequence{5}, 100);
  ASSERT_EQ(records.size(), 15U);
  EXPECT_EQ(records[4].seq, Sequence{10});
  EXPECT_EQ(records[5].seq, Sequence{21});
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_damaged").has_value(); }));
  EXPECT_EQ(life->event("store_damaged")->first, Sequence{11});
  EXPECT_EQ(life->event("store_damaged")->last, Sequence{20});
  EXPECT_EQ(life->queue->status().dropped, 10U);
  life->read_after(Sequence{0}, 100);
  EXPECT_EQ(life->queue->status().dropped, 10U) << "the same damage was counted twice";
}

TEST_F(SqliteQueueTest, ReadsPastDamageOfMoreThanTheLimit) {
  {
    const auto life = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(life->append_and_flush(10));
  }
  tamper("UPDATE block SET data = x'00' WHERE first_seq <= 11");
  expect_run(open()->read_after(Sequence{0}, 5), 21, 25);
}

}  // namespace
}  // namespace submeter::store
