// SPDX-License-Identifier: Apache-2.0
// What goes when space is short, and what stays.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

constexpr std::size_t kRecord = 10'000;
constexpr std::uint64_t kMiB = 1 << 20;

class SpaceTest : public StoreTest {
 protected:
  SpaceTest() { options_.max_size = 2 * kMiB; }
  /// Twice what the store may hold, in commits of ten records.
  static void overfill(Life& life) {
    for (int i = 0; i < 42; ++i) ASSERT_TRUE(life.append_and_flush(10, kRecord));
  }
  std::uint64_t file_size() const { return std::filesystem::file_size(directory_.database()); }
};

TEST_F(SpaceTest, DropsTheOldestAndSaysWhich) {
  const auto life = open();
  overfill(*life);
  EXPECT_LE(file_size(), options_.max_size);
  ASSERT_TRUE(life->flush());
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_dropped").has_value(); }));
  EXPECT_EQ(life->event("store_dropped")->first, Sequence{1});

  const std::vector<Record> left = life->read_after(Sequence{0}, 1000);
  EXPECT_GE(left.size(), 100U) << "more was dropped than was needed";
  EXPECT_EQ(left.back().seq, Sequence{420});
  EXPECT_EQ(left.front().seq.value + left.size(), 421U) << "there is a hole";
  EXPECT_EQ(life->queue->status().dropped, left.front().seq.value - 1);
  EXPECT_EQ(life->queue->status().undelivered, left.size());
  EXPECT_EQ(life->queue->acknowledged().next(), left.front().seq);
}

TEST_F(SpaceTest, NamesEveryLostRecordInEventsThatFollowEachOther) {
  const auto life = open();
  overfill(*life);
  ASSERT_TRUE(life->flush());
  ASSERT_TRUE(life->wait_for([&] {
    return !life->events.empty() && life->events.back().last.value == life->queue->status().dropped;
  }));
  std::uint64_t next = 1;
  std::size_t told = 0;
  for (const StoreEvent& event : life->events) {
    if (event.name != "store_dropped") continue;
    EXPECT_EQ(event.first.value, next);
    next = event.last.value + 1;
    ++told;
  }
  EXPECT_LT(told, 42U) << "one event a minute, and one for each flush";
}

TEST_F(SpaceTest, DropsDeliveredRecordsFirstAndWithoutAnEvent) {
  const auto life = open();
  for (int i = 0; i < 42; ++i) {
    ASSERT_TRUE(life->append_and_flush(10, kRecord));
    life->queue->acknowledge(life->queue->next_sequence().value > 20
                                 ? Sequence{life->queue->next_sequence().value - 20}
                                 : Sequence{0});
  }
  EXPECT_LE(file_size(), options_.max_size);
  EXPECT_EQ(life->queue->status().dropped, 0U);
  EXPECT_FALSE(life->event("store_dropped").has_value());
  EXPECT_EQ(life->read_after(life->queue->acknowledged(), 1000).size(), life->queue->status().undelivered);
}

TEST_F(SpaceTest, RemembersTheSequenceAndWhatWasLostOverARestart) {
  std::uint64_t dropped = 0;
  {
    const auto life = open();
    overfill(*life);
    dropped = life->queue->status().dropped;
  }
  const auto life = open();
  EXPECT_EQ(life->queue->next_sequence(), Sequence{421});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{dropped});
}

// The first loss is told at once, those of the minute behind it together: a kill can come before.
TEST_F(SpaceTest, TellsAtTheNextStartOfWhatNoEventToldOf) {
  std::uint64_t told = 0;
  std::uint64_t dropped = 0;
  {
    const auto life = open();
    for (int i = 0; i < 42; ++i) {
      ASSERT_TRUE(life->append(10, kRecord));
      ASSERT_TRUE(life->wait_for([&] { return life->committed.size() == (i + 1) * 10U; }));
    }
    ASSERT_TRUE(life->event("store_dropped").has_value());
    ASSERT_TRUE(life->append(1, kRecord));  // stands for the event: it is committed with this
    ASSERT_TRUE(life->wait_for([&] { return life->committed.size() == 421; }));
    told = life->event("store_dropped")->last.value;
    dropped = life->queue->status().dropped;
    ASSERT_GT(dropped, told);
  }
  const auto life = open();
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_dropped").has_value(); }));
  EXPECT_EQ(life->event("store_dropped")->first.value, told + 1);
  EXPECT_EQ(life->event("store_dropped")->last.value, dropped);
}

TEST_F(SpaceTest, StopsTakingRecordsWhenToldToAndKeepsWhatItHas) {
  options_.when_full = WhenFull::kStop;
  const auto life = open();
  while (life->append(10, kRecord)) ASSERT_TRUE(life->flush());
  const Sequence newest{life->queue->next_sequence().value - 1};
  EXPECT_GT(life->queue->status().refused, 0U);
  EXPECT_EQ(life->queue->status().dropped, 0U);
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_full").has_value(); }));
  EXPECT_LE(file_size(), options_.max_size);
  EXPECT_EQ(life->read_after(Sequence{0}, 1000).size(), newest.value);
}

TEST_F(SpaceTest, TakesAnEventWhileItIsFull) {
  options_.when_full = WhenFull::kStop;
  const auto life = open();
  while (life->append(10, kRecord)) ASSERT_TRUE(life->flush());
  Record event = make_record(life->queue->next_sequence());
  event.kind = RecordKind::kEvent;
  EXPECT_TRUE(life->queue->append(event));
}

TEST_F(SpaceTest, TakesRecordsAgainWhenTheBrokerHasTakenThem) {
  options_.when_full = WhenFull::kStop;
  const auto life = open();
  while (life->append(10, kRecord)) ASSERT_TRUE(life->flush());
  life->queue->acknowledge(Sequence{life->queue->next_sequence().value - 1});
  ASSERT_TRUE(life->flush());
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_resumed").has_value(); }));
  EXPECT_TRUE(life->append_and_flush(10, kRecord));
}

TEST_F(SpaceTest, KeepsItsGuaranteedSizeOnADiskThatOthersFilled) {
  options_.max_size = 64 * kMiB;
  options_.min_free = UINT64_MAX;
  const auto life = open();
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(life->append_and_flush(100, kRecord));  // 25 MB
  EXPECT_LE(file_size(), Retention::kGuaranteedSize);
  EXPECT_GE(file_size(), Retention::kGuaranteedSize / 2);
  EXPECT_GT(life->queue->status().dropped, 0U);
  EXPECT_GT(life->queue->status().undelivered, 1000U);
}

// make_record() stamps one second a record.
TEST_F(SpaceTest, RemovesDeliveredRecordsThatAreOlderThanKeepDelivered) {
  options_.keep_delivered = std::chrono::seconds{30};
  const auto life = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(life->append_and_flush(10));
  life->queue->acknowledge(Sequence{80});
  ASSERT_TRUE(life->flush());
  const std::vector<Record> left = life->read_after(Sequence{0}, 1000);
  EXPECT_EQ(left.front().seq, Sequence{61}) << "the block 61–70 ends exactly 30 s before record 100";
  EXPECT_EQ(left.back().seq, Sequence{100});
}

TEST_F(SpaceTest, NeverRemovesUndeliveredRecordsForTheirAge) {
  options_.keep_delivered = std::chrono::seconds{0};
  const auto life = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(life->append_and_flush(10));
  life->queue->acknowledge(Sequence{35});
  ASSERT_TRUE(life->flush());
  EXPECT_EQ(life->read_after(Sequence{0}, 1000).front().seq, Sequence{31}) << "the block of 36 stays whole";
}

TEST_F(SpaceTest, ContinuesTheSequenceWhenEverythingIsDeliveredAndOld) {
  options_.keep_delivered = std::chrono::seconds{0};
  {
    const auto life = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(life->append_and_flush(10));
    life->queue->acknowledge(Sequence{30});
  }
  const auto life = open();
  EXPECT_EQ(life->queue->next_sequence(), Sequence{31});
  EXPECT_TRUE(life->read_after(life->queue->acknowledged(), 10).empty());
}

// Straight on the file: as many blocks would take the queue as many commits.
TEST_F(SpaceTest, RemovesALongTailInBites) {
  options_.keep_delivered = std::chrono::seconds{0};
  ASSERT_TRUE(QueueFile::create(directory_.database()).ok());
  QueueFile file(directory_.database());
  ASSERT_TRUE(file.open().ok());
  ASSERT_TRUE(file.begin().ok());
  for (std::uint64_t seq = 1; seq <= Retention::kBite + 5; ++seq) {
    const Record record = make_record(Sequence{seq}, 20);
    ASSERT_TRUE(file.add({&record, 1}).ok());
  }
  const Retention retention(options_);
  for (const std::uint64_t oldest : {Retention::kBite + 1, Retention::kBite + 5, Retention::kBite + 5}) {
    ASSERT_TRUE(retention.drop_expired(file, file.newest()).ok());
    const auto left = file.oldest_blocks(1);
    ASSERT_TRUE(left.ok());
    EXPECT_EQ(left->front().range.first, Sequence{oldest}) << "the newest block stays";
  }
  ASSERT_TRUE(file.commit().ok());
}

}  // namespace
}  // namespace submeter::store
