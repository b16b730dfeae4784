// SPDX-License-Identifier: Apache-2.0
// What can be read of a damaged queue is delivered, what cannot is named.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "store/set_aside.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

constexpr std::size_t kPage = kPageBytes;
constexpr std::uint64_t kRecords = 2000;
constexpr std::size_t kInBlock = 80;  // of 900 bytes: eight commits are 64 KiB and more

class SalvageTest : public StoreTest {
 protected:
  SalvageTest() {
    options_.commit_interval = std::chrono::milliseconds{1};
    options_.max_size = 4 << 20;  // blocks of at most 64 KiB
  }

  /// Two thousand records in two hundred blocks, of which `delivered` are; all in queue.db, none in its log.
  void fill(std::uint64_t delivered) {
    {
      const auto life = open();
      stream_ = life->queue->stream();
      for (std::uint64_t i = 0; i < kRecords / 10; ++i) ASSERT_TRUE(life->append_and_flush(10, 900));
      life->queue->acknowledge(Sequence{delivered});
      ASSERT_TRUE(life->hold(1, 20));
      ASSERT_TRUE(life->flush());
      ASSERT_TRUE(life->release({5}));
      ASSERT_TRUE(life->flush());
    }
    tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  void destroy_page(std::size_t index) const {
    std::fstream file(directory_.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(index * kPage));
    file << std::string(kPage, '\xA5');
  }
  std::size_t pages() const { return std::filesystem::file_size(directory_.database()) / kPage; }

  /// Opens, and expects every record behind `delivered` to be there, unaltered, or to be named as lost.
  void expect_all_or_named(std::uint64_t delivered, std::size_t least) {
    const auto life = open();
    ASSERT_EQ(life->error, "");
    EXPECT_NE(life->queue->stream(), stream_);
    EXPECT_EQ(life->queue->next_sequence(), Sequence{kRecords + 1});
    ASSERT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
    std::set<std::uint64_t> accounted;
    const std::vector<Record> records = life->read_after(Sequence{delivered}, SIZE_MAX);
    for (const Record& record : records) {
      EXPECT_EQ(record, make_record(record.seq, 900));
      accounted.insert(record.seq.value);
    }
    EXPECT_GE(records.size(), least);
    EXPECT_LT(records.size(), kRecords - delivered) << "nothing was damaged";
    for (const StoreEvent& event : life->events) {
      if (event.name != "store_damaged") continue;
      for (std::uint64_t seq = event.first.value; seq <= event.last.value; ++seq) accounted.insert(seq);
    }
    for (std::uint64_t seq = delivered + 1; seq <= kRecords; ++seq) {
      EXPECT_TRUE(accounted.contains(seq)) << "record " << seq << " is neither there nor named";
    }
    EXPECT_EQ(directory_.files(".bad").size(), 1U);
    ASSERT_TRUE(life->append_and_flush(10));
  }

  std::string stream_;
};

// A disk that is nearly full of packed records has no room for them as they are sent.
TEST_F(SalvageTest, PacksWhatItCarriesOver) {
  {
    const auto life = open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(life->append_and_flush(400, 30));
  }
  const std::string kBytes = "SELECT sum(length(data)) FROM block";
  const std::int64_t before = std::stoll(ask(kBytes));
  mark_damaged(directory_.database(), "database disk image is malformed");
  {
    const auto life = open();
    ASSERT_EQ(life->error, "");
    EXPECT_EQ(life->read_after(Sequence{0}, SIZE_MAX).size(), 4000U);
  }
  EXPECT_LE(std::stoll(ask(kBytes)), before);
}

TEST_F(SalvageTest, StepsOverDestroyedPages) {
  fill(500);
  for (const std::size_t page : {pages() / 3, pages() / 2, pages() * 3 / 4}) destroy_page(page);
  mark_damaged(directory_.database(), "database disk image is malformed");
  expect_all_or_named(500, 1500 - 3 * kInBlock);
}

TEST_F(SalvageTest, StepsOverARunOfDestroyedPages) {
  fill(500);
  for (std::size_t page = pages() / 2; page < pages() / 2 + 100; ++page) destroy_page(page);
  mark_damaged(directory_.database(), "database disk image is malformed");
  expect_all_or_named(500, 1500 - 100 * kPage / 900 - 4 * kInBlock);
}

TEST_F(SalvageTest, NamesWhatATruncatedFileHadAtItsEnd) {
  fill(500);
  std::filesystem::resize_file(directory_.database(), pages() / 2 * kPage);
  expect_all_or_named(500, 300);
}

TEST_F(SalvageTest, KeepsHeldEntriesThatWereNotReleased) {
  fill(500);
  destroy_page(pages() / 2);
  mark_damaged(directory_.database(), "database disk image is malformed");
  const auto life = open();
  const std::vector<HeldEntry> held = life->read_held();
  ASSERT_EQ(held.size(), 15U);
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(held[i].text, make_text(i + 6));
  ASSERT_TRUE(life->hold(21, 22));
  EXPECT_EQ(life->read_held().back().text, make_text(22));
}

TEST_F(SalvageTest, KeepsTheNoteAndTheCursor) {
  {
    const auto life = open();
    ASSERT_TRUE(life->append_and_flush(10));
    life->queue->acknowledge(Sequence{4});
    life->queue->save_note("the note", HoldingStore::Save::kWithNextCommit);
    ASSERT_TRUE(life->flush());
  }
  mark_damaged(directory_.database(), "database disk image is malformed");
  const auto life = open();
  EXPECT_EQ(life->queue->note(), "the note");
  EXPECT_EQ(life->queue->acknowledged(), Sequence{4});
  EXPECT_EQ(life->read_after(Sequence{4}, 100).size(), 6U);
  EXPECT_FALSE(life->event("store_damaged").has_value());
}

TEST_F(SalvageTest, LeavesTheDamagedFileAsItWas) {
  fill(0);
  destroy_page(pages() / 2);
  mark_damaged(directory_.database(), "database disk image is malformed");
  const std::string bytes = content(directory_.database());
  open();
  EXPECT_TRUE(bytes == content(directory_.files(".bad").at(0)));
}

TEST_F(SalvageTest, CarriesNoMoreOverThanTheStoreMayHoldAndNamesTheRest) {
  fill(0);
  mark_damaged(directory_.database(), "database disk image is malformed");
  options_.max_size = 1 << 20;
  const auto life = open();
  ASSERT_EQ(life->error, "");
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_dropped").has_value(); }));
  const std::vector<Record> left = life->read_after(Sequence{0}, SIZE_MAX);
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.back().seq, Sequence{kRecords});
  EXPECT_EQ(life->event("store_dropped")->first, Sequence{1});
  EXPECT_EQ(life->event("store_dropped")->last.next(), left.front().seq);
}

}  // namespace
}  // namespace submeter::store
