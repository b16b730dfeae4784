// SPDX-License-Identifier: Apache-2.0
// The store as the place where readings wait for a trusted clock.
#include "store/holding.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/simulated_loop.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

using HoldingTest = StoreTest;

void expect_texts(const std::vector<HeldEntry>& entries, std::uint64_t first, std::uint64_t last) {
  ASSERT_EQ(entries.size(), last - first + 1);
  for (std::uint64_t n = first; n <= last; ++n) {
    EXPECT_EQ(entries[n - first].number, HeldNumber{n});
    EXPECT_EQ(entries[n - first].text, make_text(n, entries[n - first].text.size()));
  }
}

TEST_F(HoldingTest, ReadsBackWhatWasHeldBeforeTheCallWithoutWaitingForTheInterval) {
  options_.commit_interval = std::chrono::hours{1};
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10));
  EXPECT_EQ(life->queue->holding().waiting, 10U);
  expect_texts(life->read_held(), 1, 10);
  EXPECT_EQ(ask("SELECT last_number FROM held"), "10") << "it was answered before it was on disk";
}

TEST_F(HoldingTest, ReadsWhatWasHeldWhileACommitWasUnderWay) {
  options_.commit_interval = std::chrono::hours{1};
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 5));
  life->queue->flush([] {});
  ASSERT_TRUE(life->hold(6, 10));
  expect_texts(life->read_held(), 1, 10);
}

TEST_F(HoldingTest, ReadsBehindANumberUpToALimit) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  ASSERT_TRUE(life->hold(11, 20) && life->flush());
  expect_texts(life->read_held({4}, 9), 5, 13);
  expect_texts(life->read_held({10}, 1), 11, 11);
  expect_texts(life->read_held({19}), 20, 20);
  EXPECT_TRUE(life->read_held({20}).empty());
  EXPECT_TRUE(life->read_held({5}, 0).empty());
}

TEST_F(HoldingTest, CommitsByItselfAfterTheInterval) {
  {
    ASSERT_TRUE(open()->wait_for([] { return true; }));
  }
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 2));
  const std::uint64_t before = life->queue->heartbeat();
  Timer look(life->loop(), [&] {
    if (life->queue->heartbeat() >= before + 2) return life->loop().stop();
    look.start_after(std::chrono::milliseconds{1});
  });
  look.start_after(Duration::zero());
  life->loop().run();
  EXPECT_EQ(ask("SELECT last_number FROM held"), "2");
}

TEST_F(HoldingTest, SplitsALargeBatchAndReadsAcrossItsBlocks) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, HeldTable::kMaxBlockEntries + 1) && life->flush());
  EXPECT_EQ(ask("SELECT count(*) FROM held"), "2");
  const std::uint64_t next = HeldTable::kMaxBlockEntries + 2;
  ASSERT_TRUE(life->hold(next, next + 39, 20'000) && life->flush());
  EXPECT_EQ(ask("SELECT count(*) FROM held"), "5") << "262,144 bytes are 14 entries";
  expect_texts(life->read_held({HeldTable::kMaxBlockEntries - 1}, 30), HeldTable::kMaxBlockEntries,
               HeldTable::kMaxBlockEntries + 29);
}

TEST_F(HoldingTest, ForgetsWhatWasReleasedInTheMiddleOfABlock) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  ASSERT_TRUE(life->hold(11, 20) && life->flush());
  ASSERT_TRUE(life->release({13}));
  EXPECT_EQ(life->queue->holding().waiting, 7U);
  EXPECT_EQ(ask("SELECT first_number FROM held"), "11") << "the block that was released wholly is gone";
  expect_texts(life->read_held(), 14, 20);
  expect_texts(life->read_held({16}), 17, 20);
  ASSERT_TRUE(life->release({20}));
  EXPECT_EQ(life->queue->holding().waiting, 0U);
  EXPECT_TRUE(life->read_held().empty());
  EXPECT_EQ(ask("SELECT count(*) FROM held"), "0");
}

TEST_F(HoldingTest, NeverTakesAReleaseBack) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  ASSERT_TRUE(life->release({6}) && life->release({4}));
  EXPECT_EQ(life->queue->holding().waiting, 4U);
  expect_texts(life->read_held(), 7, 10);
}

TEST_F(HoldingTest, ReleasesAtOnceAndWithTheRecordsThatWereAppendedBefore) {
  options_.commit_interval = std::chrono::hours{1};
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  ASSERT_TRUE(life->append(10));
  ASSERT_TRUE(life->release({10}));
  EXPECT_EQ(life->committed.size(), 10U);
}

TEST_F(HoldingTest, ReleasesAsSoonAsTheCommitThatIsUnderWayIsBack) {
  options_.commit_interval = std::chrono::hours{1};
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  life->queue->flush([] {});
  ASSERT_TRUE(life->append(3));
  ASSERT_TRUE(life->release({3}));
  EXPECT_EQ(life->committed.size(), 3U);
  expect_texts(life->read_held(), 4, 10);
}

TEST_F(HoldingTest, ReleasesALongTailInBites) {
  ASSERT_TRUE(QueueFile::create(directory_.database()).ok());
  QueueFile file(directory_.database());
  ASSERT_TRUE(file.open().ok() && file.begin().ok());
  const std::uint64_t blocks = HeldTable::kBite + 5;
  for (std::uint64_t n = 1; n <= blocks; ++n) {
    const HeldEntry entry{.number = {n}, .text = "x"};
    ASSERT_TRUE(file.held().add({&entry, 1}).ok());
  }
  EXPECT_EQ(file.held().bytes(), blocks * (25 + kRowOverhead));
  ASSERT_TRUE(file.held().release({blocks - 1}).ok());
  EXPECT_EQ(file.held().bytes(), 5 * (25 + kRowOverhead));
  ASSERT_EQ(file.held().read_after({}, 10)->entries.size(), 1U)
      << "what was not yet removed is released, too";
  ASSERT_TRUE(file.held().release({blocks - 1}).ok());
  EXPECT_EQ(file.held().bytes(), 25 + kRowOverhead);
  ASSERT_TRUE(file.commit().ok());
}

TEST_F(HoldingTest, RemembersWhatWaitsOverARestart) {
  {
    const auto life = open();
    ASSERT_TRUE(life->hold(1, 10) && life->flush());
    ASSERT_TRUE(life->hold(11, 20) && life->flush());
    ASSERT_TRUE(life->release({13}));
    ASSERT_TRUE(life->hold(21, 22));  // committed by the end of the store
  }
  const auto life = open();
  EXPECT_EQ(life->queue->holding().waiting, 9U);
  EXPECT_EQ(life->queue->holding().dropped, 0U);
  expect_texts(life->read_held(), 14, 22);
  ASSERT_TRUE(life->hold(23, 23));
  expect_texts(life->read_held({22}), 23, 23);
}

TEST_F(HoldingTest, GivesNoNumberTwiceWhenEverythingIsReleased) {
  {
    const auto life = open();
    ASSERT_TRUE(life->hold(1, 10) && life->flush());
    ASSERT_TRUE(life->release({10}));
    EXPECT_EQ(ask("SELECT count(*) FROM held"), "0");
  }
  const auto life = open();
  EXPECT_EQ(life->queue->holding().waiting, 0U);
  ASSERT_TRUE(life->hold(11, 12));
  expect_texts(life->read_held(), 11, 12);
}

TEST_F(HoldingTest, SharesTheHandOverWithRecords) {
  const auto life = open();
  ASSERT_TRUE(life->append(SqliteQueue::kMaxUncommitted / 2, 20));
  ASSERT_TRUE(life->hold(1, SqliteQueue::kMaxUncommitted / 2));
  EXPECT_FALSE(life->queue->hold("one more", RecordKind::kSample));
  EXPECT_FALSE(life->append(1, 20));
  EXPECT_EQ(life->queue->status().refused, 2U);
  EXPECT_EQ(life->queue->holding().waiting, SqliteQueue::kMaxUncommitted / 2);
  ASSERT_TRUE(life->flush());
  const std::uint64_t next = SqliteQueue::kMaxUncommitted / 2 + 1;
  ASSERT_TRUE(life->hold(next, next));
  EXPECT_EQ(life->read_held().size(), next);
}

TEST_F(HoldingTest, RefusesMoreBytesThanTheHandOverHolds) {
  constexpr std::size_t kMiB = 1 << 20;
  const auto life = open();
  ASSERT_TRUE(life->append(8, kMiB));
  ASSERT_TRUE(life->hold(1, 8, kMiB));
  EXPECT_FALSE(life->queue->hold("x", RecordKind::kSample));
  ASSERT_TRUE(life->flush());
  EXPECT_TRUE(life->hold(9, 16, kMiB) && life->append(8, kMiB) && life->flush());
}

TEST_F(HoldingTest, KeepsWhatAReaderHasAndHasNotReleasedBeforeADamagedEnd) {
  {
    const auto life = open();
    for (std::uint64_t first = 1; first <= 11; first += 10) {
      ASSERT_TRUE(life->hold(first, first + 9) && life->flush());
    }
  }
  tamper("UPDATE held SET last_number = 36 WHERE first_number = 11");
  {
    const auto life = open();
    EXPECT_EQ(life->read_held().size(), 10U);
    EXPECT_TRUE(life->read_held(HeldNumber{10}).empty());
    ASSERT_TRUE(life->append_and_flush(1));
  }
  const auto life = open();
  EXPECT_EQ(life->read_held().size(), 10U);
  ASSERT_TRUE(life->release({10}));
  EXPECT_TRUE(life->read_held(HeldNumber{10}).empty());
  EXPECT_EQ(life->queue->holding().waiting, 0U);
}

TEST_F(HoldingTest, SkipsADamagedBlockAndSaysWhatIsLost) {
  {
    const auto life = open();
    for (std::uint64_t first = 1; first <= 31; first += 10) {
      ASSERT_TRUE(life->hold(first, first + 9) && life->flush());
    }
    ASSERT_TRUE(life->release({2}));
  }
  tamper("UPDATE held SET data = zeroblob(length(data)) WHERE first_number IN (1, 21)");
  const auto life = open();
  EXPECT_EQ(life->queue->holding().waiting, 38U);
  const auto entries = life->read_held({}, 15);
  ASSERT_EQ(entries.size(), 15U);
  EXPECT_EQ(entries[9].number, HeldNumber{20});
  EXPECT_EQ(entries[10].number, HeldNumber{31});
  EXPECT_EQ(life->queue->holding().dropped, 18U) << "3 to 10 and 21 to 30";
  EXPECT_EQ(life->queue->holding().waiting, 20U);
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_damaged").has_value(); }));
  EXPECT_EQ(
      life->event("store_damaged")->text,
      directory_.database() +
          ": 18 readings that waited for a trusted clock are damaged, the first of them number 3 as they "
          "were held; they are skipped and lost");
  EXPECT_EQ(life->event("store_damaged")->last, Sequence{0}) << "no records are lost";
  life->read_held({5});
  life->read_held();
  EXPECT_EQ(life->queue->holding().dropped, 18U) << "the same damage was counted twice";
  ASSERT_TRUE(life->release({35}));
  EXPECT_EQ(life->queue->holding().waiting, 5U);
}

TEST_F(HoldingTest, KeepsTheNoteOverARestart) {
  {
    const auto life = open();
    EXPECT_EQ(life->queue->note(), "");
    life->queue->save_note("5000", HoldingStore::Save::kInTime);
    EXPECT_EQ(life->queue->note(), "5000");
    ASSERT_TRUE(life->flush());
    EXPECT_EQ(ask("SELECT note FROM state"), "5000");
    life->queue->save_note("6000", HoldingStore::Save::kInTime);  // saved by the end of the store
  }
  EXPECT_EQ(open()->queue->note(), "6000");
}

TEST_F(HoldingTest, SavesANoteTogetherWithWhatHappenedInThatTurn) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(1));
  life->queue->save_note("step", HoldingStore::Save::kWithNextCommit);
  ASSERT_TRUE(life->queue->append(make_record(Sequence{2})));
  ASSERT_TRUE(life->wait_for([&] { return life->queue->status().undelivered == 2; }));
  EXPECT_EQ(ask("SELECT note FROM state"), "step");
}

TEST_F(HoldingTest, RunsNoCallbackAfterItsEnd) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10) && life->flush());
  life->queue->read_held({}, 10, [](const std::vector<HeldEntry>&) { FAIL(); });
  life->queue->read_times(UtcTime{}, [](const TakenKeys&) { FAIL(); });
  life->queue->release({10}, [] { FAIL(); });
  life->queue.reset();
  Timer soon(life->loop(), [&] { life->loop().stop(); });
  soon.start_after(std::chrono::milliseconds{1});
  life->loop().run();
  EXPECT_EQ(ask("SELECT held_done FROM state"), "10") << "the release was committed by the end of the store";
}

// Holding: the loop's half, in virtual time.

class HeldLossTest : public ::testing::Test {
 protected:
  std::uint64_t told() const { return events_.size(); }

  test::SimulatedLoop loop_;
  std::vector<StoreEvent> events_;
  Holding holding_{loop_, HeldNumber{1000}, HeldNumber{100},
                   [this](StoreEvent event) { events_.push_back(std::move(event)); }};
};

TEST_F(HeldLossTest, TellsTheFirstLossAtOnceAndTheRestOnceAMinute) {
  holding_.on_dropped({{101}, {110}});
  ASSERT_EQ(told(), 1U);
  EXPECT_EQ(events_[0].name, "held_dropped");
  EXPECT_EQ(
      events_[0].text,
      "10 readings that waited for a trusted clock were dropped, the oldest: it is still not trusted, and "
      "the store has no room for more of them; look at: chronyc tracking");
  holding_.on_dropped({{111}, {115}});
  holding_.on_dropped({{116}, {120}});
  loop_.advance(Holding::kInterval - std::chrono::milliseconds{1});
  EXPECT_EQ(told(), 1U);
  loop_.advance(std::chrono::milliseconds{1});
  ASSERT_EQ(told(), 2U);
  EXPECT_TRUE(events_[1].text.starts_with("10 readings "));
  EXPECT_EQ(holding_.status().dropped, 20U);
  EXPECT_EQ(holding_.status().waiting, 880U);
}

TEST_F(HeldLossTest, TellsTheRestWhenAsked) {
  holding_.on_dropped({{101}, {110}});
  holding_.on_dropped({{111}, {115}});
  holding_.flush();
  EXPECT_EQ(told(), 2U);
  holding_.flush();
  EXPECT_EQ(told(), 2U);
}

TEST_F(HeldLossTest, DoesNotCallLostWhatWasReleasedWhileItWasDropped) {
  holding_.release({105});
  holding_.on_dropped({{101}, {110}});
  EXPECT_EQ(holding_.status().dropped, 5U);
  EXPECT_EQ(holding_.status().waiting, 890U);
  holding_.release({120});
  holding_.on_dropped({{111}, {115}});
  EXPECT_EQ(holding_.status().dropped, 5U);
  EXPECT_EQ(told(), 1U);
}

TEST_F(HeldLossTest, CountsNoDamagedEntryTwice) {
  holding_.on_damage({{{101}, {200}}, {{301}, {400}}}, "queue.db");
  EXPECT_EQ(holding_.status().dropped, 200U);
  EXPECT_EQ(holding_.status().waiting, 700U);
  holding_.on_dropped({{101}, {350}});
  EXPECT_EQ(holding_.status().dropped, 300U);
  EXPECT_EQ(holding_.status().waiting, 600U);
  holding_.release({1000});
  EXPECT_EQ(holding_.status().waiting, 0U);
}

}  // namespace
}  // namespace submeter::store
