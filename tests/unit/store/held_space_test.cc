// SPDX-License-Identifier: Apache-2.0
// How much may wait for a trusted clock, and at whose cost.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

constexpr std::size_t kEntry = 10'000;
constexpr std::uint64_t kMiB = 1 << 20;

class HeldSpaceTest : public StoreTest {
 protected:
  HeldSpaceTest() { options_.max_size = 4 * kMiB; }
  std::uint64_t held_on_disk() const { return std::stoull(ask("SELECT sum(length(data)) FROM held")); }
  std::uint64_t file_size() const { return std::filesystem::file_size(directory_.database()); }
  /// Twice the share of held entries, in commits of ten.
  static void overfill(Life& life) {
    for (std::uint64_t first = 1; first < 200; first += 10) {
      ASSERT_TRUE(life.hold(first, first + 9, kEntry) && life.flush());
    }
  }
};

TEST_F(HeldSpaceTest, DropsTheOldestBeyondAQuarterOfTheStoreAndSaysHowMany) {
  const auto life = open();
  for (std::uint64_t first = 1; first < 200; first += 10) {
    ASSERT_TRUE(life->hold(first, first + 9, kEntry) && life->flush());
    ASSERT_LE(held_on_disk(), kMiB);
  }
  EXPECT_GE(held_on_disk(), kMiB - 10 * kEntry - 1000) << "more was dropped than was needed";
  const HoldingStatus status = life->queue->holding();
  EXPECT_EQ(status.waiting + status.dropped, 200U);
  EXPECT_EQ(status.dropped, 100U) << "ten blocks of ten are a million bytes, one more is too much";
  const auto left = life->read_held();
  ASSERT_EQ(left.size(), status.waiting);
  EXPECT_EQ(left.front().number, HeldNumber{101});
  EXPECT_EQ(left.back().number, HeldNumber{200});
  ASSERT_TRUE(life->wait_for([&] { return life->event("held_dropped").has_value(); }));
  EXPECT_TRUE(life->event("held_dropped")->text.starts_with("10 readings "));
}

TEST_F(HeldSpaceTest, RemembersWhatWasDroppedOverARestart) {
  {
    const auto life = open();
    overfill(*life);
  }
  const auto life = open();
  EXPECT_EQ(life->queue->holding().waiting, 100U);
  EXPECT_EQ(life->read_held().front().number, HeldNumber{101});
  ASSERT_TRUE(life->hold(201, 201));
  EXPECT_EQ(life->read_held({200}).front().number, HeldNumber{201});
}

TEST_F(HeldSpaceTest, DropsInTheNextCommitWhatIsTooMuchByItself) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 300, kEntry) && life->flush());
  ASSERT_TRUE(life->flush());
  EXPECT_LE(held_on_disk(), kMiB);
  const auto left = life->read_held();
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.back().number, HeldNumber{300});
  EXPECT_EQ(life->queue->holding().waiting, left.size());
}

TEST_F(HeldSpaceTest, IsNotMadeByReleasedEntriesInABlockThatGoes) {
  const auto life = open();
  ASSERT_TRUE(life->hold(1, 10, kEntry) && life->flush());
  ASSERT_TRUE(life->release({4}));
  for (std::uint64_t first = 11; first < 110; first += 10) {
    ASSERT_TRUE(life->hold(first, first + 9, kEntry) && life->flush());
  }
  EXPECT_EQ(life->queue->holding().dropped, 6U) << "four of the first block had become records";
  EXPECT_EQ(life->queue->holding().waiting, 100U);
}

TEST_F(HeldSpaceTest, IsMadeAtTheCostOfDeliveredRecordsFirst) {
  const auto life = open();
  for (int i = 0; i < 34; ++i) ASSERT_TRUE(life->append_and_flush(10, kEntry));
  ASSERT_EQ(life->queue->status().dropped, 0U);
  life->queue->acknowledge(Sequence{150});
  overfill(*life);
  EXPECT_LE(file_size(), options_.max_size);
  EXPECT_EQ(life->queue->status().dropped, 0U);
  EXPECT_EQ(life->read_after(Sequence{150}, 1000).size(), 190U) << "what was not delivered";
}

TEST_F(HeldSpaceTest, CostsUndeliveredRecordsNoMoreThanItsQuarter) {
  const auto life = open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(life->append_and_flush(10, kEntry));
  const std::uint64_t before = life->queue->status().undelivered;
  overfill(*life);
  overfill(*life);
  EXPECT_LE(file_size(), options_.max_size);
  const std::uint64_t lost = before - life->queue->status().undelivered;
  EXPECT_GT(lost, 0U) << "the oldest goes first";
  EXPECT_LE(lost * kEntry, kMiB + 20 * kEntry) << "the quarter, in blocks";
}

TEST_F(HeldSpaceTest, IsRefusedWhileTheStoreIsFullAndToldToStop) {
  options_.when_full = WhenFull::kStop;
  const auto life = open();
  while (life->append(10, kEntry)) ASSERT_TRUE(life->flush());
  const std::uint64_t refused = life->queue->status().refused;
  EXPECT_FALSE(life->queue->hold("x", RecordKind::kSample));
  EXPECT_TRUE(life->queue->hold("x", RecordKind::kEvent));
  EXPECT_EQ(life->queue->status().refused, refused + 1);
  EXPECT_EQ(life->queue->status().dropped, 0U);
}

TEST_F(HeldSpaceTest, IsGivenBackByARelease) {
  const auto life = open();
  for (std::uint64_t first = 1; first < 100; first += 10) {
    ASSERT_TRUE(life->hold(first, first + 9, kEntry) && life->flush());
  }
  ASSERT_TRUE(life->release({100}));
  EXPECT_EQ(ask("SELECT count(*) FROM held"), "0");
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(life->append_and_flush(10, kEntry));
  EXPECT_LE(file_size(), options_.max_size);
  EXPECT_EQ(life->queue->status().dropped, 0U) << "three quarters of the store were free";
}

// A disk that others filled: nothing of the share is lost at once, and the file grows no more than it is
// guaranteed.
TEST_F(HeldSpaceTest, ShrinksOnlyAsMuchAsANewReadingNeedsWhereOthersFilledTheDisk) {
  options_.max_size = 1024 * kMiB;
  {
    const auto life = open();
    for (std::uint64_t first = 1; first <= 3000; first += 100) {
      ASSERT_TRUE(life->hold(first, first + 99, kEntry) && life->flush());
    }
    ASSERT_EQ(life->queue->holding().dropped, 0U);
  }
  const std::uint64_t before = file_size();
  ASSERT_GT(before, Retention::kGuaranteedSize);
  options_.min_free = UINT64_MAX;
  const auto life = open();
  ASSERT_TRUE(life->hold(3001, 3100, kEntry) && life->flush());
  const std::uint64_t dropped = life->queue->holding().dropped;
  EXPECT_GE(dropped, 100U);
  EXPECT_LE(dropped, 400U) << "a MiB for the readings and one for the margin";
  EXPECT_LE(file_size(), before + 2 * kMiB);
}

}  // namespace
}  // namespace submeter::store
