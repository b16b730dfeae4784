// SPDX-License-Identifier: Apache-2.0
// Small blocks become large ones, and nobody who reads sees a difference.
#include "store/repacking.h"

#include <gtest/gtest.h>

#include <string>

#include "store/packed_block.h"
#include "store/stored_block.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

class RepackingTest : public StoreTest {
 protected:
  RepackingTest() { options_.commit_interval = std::chrono::milliseconds{1}; }
  /// Upkeep is due with a flush; large blocks are made behind it.
  bool wait_for_blocks(Life& life, const std::string& wanted) {
    for (int i = 0; i < 50; ++i) {
      if (ask("SELECT count(*) FROM block") == wanted) return true;
      if (!life.flush()) return false;
    }
    return false;
  }
};

TEST_F(RepackingTest, SmallBlocksBecomeALargeOne) {
  const auto life = open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(life->append_and_flush(100));
  EXPECT_TRUE(wait_for_blocks(*life, "10")) << "eleven of twenty are one, nine are too few";
  EXPECT_EQ(ask("SELECT max(last_seq - first_seq) + 1 FROM block"), "1100");
  const std::vector<Record> records = life->read_after(Sequence{0}, SIZE_MAX);
  ASSERT_EQ(records.size(), 2000U);
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i], make_record(Sequence{i + 1}));
}

TEST_F(RepackingTest, AReaderInBitesSeesEveryRecordOnce) {
  const auto life = open();
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(life->append_and_flush(100));
  ASSERT_TRUE(wait_for_blocks(*life, "1"));
  Sequence after;
  while (after < Sequence{1100}) {
    const std::vector<Record> bite = life->read_after(after, 64);
    ASSERT_FALSE(bite.empty());
    for (const Record& record : bite) {
      ASSERT_EQ(record.seq, after.next());
      after = record.seq;
    }
  }
}

TEST_F(RepackingTest, ItGoesOnOverRestarts) {
  { ASSERT_TRUE(open()->append_and_flush(300)); }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(open()->append_and_flush(300));
  const auto life = open();
  EXPECT_TRUE(wait_for_blocks(*life, "1"));
  EXPECT_EQ(life->read_after(Sequence{0}, SIZE_MAX).size(), 1200U);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{1201});
}

TEST_F(RepackingTest, ADamagedBlockIsLeftAndToldOnceItIsRead) {
  {
    const auto life = open();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(life->append_and_flush(200));
  }
  tamper("UPDATE block SET data = x'00' WHERE first_seq = 201");
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(500));
  ASSERT_TRUE(life->append_and_flush(500));
  ASSERT_TRUE(wait_for_blocks(*life, "3")) << "what is before the damage, the damage, what is behind it";
  EXPECT_EQ(life->read_after(Sequence{0}, SIZE_MAX).size(), 1600U);
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_damaged").has_value(); }));
  EXPECT_EQ(life->event("store_damaged")->first, Sequence{201});
  EXPECT_EQ(life->event("store_damaged")->last, Sequence{400});
}

TEST_F(RepackingTest, RowsThatVanishedAreTold) {
  {
    const auto life = open();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(life->append_and_flush(100));
    life->queue->acknowledge(Sequence{50});
  }
  tamper("DELETE FROM block WHERE first_seq IN (1, 201)");
  const auto life = open();
  EXPECT_EQ(life->read_after(life->queue->acknowledged(), SIZE_MAX).size(), 200U);
  ASSERT_TRUE(life->wait_for([&] { return life->events.size() == 2; }));
  EXPECT_EQ(life->events[0].first, Sequence{51});
  EXPECT_EQ(life->events[0].last, Sequence{100});
  EXPECT_EQ(life->events[1].first, Sequence{201});
  EXPECT_EQ(life->events[1].last, Sequence{300});
}

TEST_F(RepackingTest, ARowOfStateThatChangedByItselfIsNotBelieved) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(100));
    life->queue->acknowledge(Sequence{50});
  }
  tamper("UPDATE state SET acknowledged = 90");
  const auto life = open();
  EXPECT_NE(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->acknowledged(), Sequence{50}) << "the mark knows";
  EXPECT_EQ(life->read_after(Sequence{50}, SIZE_MAX).size(), 50U);
}

TEST(StoredBlock, OfASmallCommitIsPacked) {
  std::vector<Record> records;
  for (std::uint64_t seq = 1; seq <= 25; ++seq) records.push_back(make_record(Sequence{seq}));
  const auto bytes = encode_stored_block(records, Packing::kWhereQuick);
  EXPECT_TRUE(is_packed_block(bytes));
  const auto back = decode_stored_block(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, records);
}

}  // namespace
}  // namespace submeter::store
