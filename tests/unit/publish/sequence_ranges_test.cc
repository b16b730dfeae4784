// SPDX-License-Identifier: Apache-2.0
#include "publish/sequence_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "publish/progress.h"

namespace submeter::publish {
namespace {

constexpr SequenceRange range(std::uint64_t after, std::uint64_t through) {
  return {{after}, {through}};
}

TEST(SequenceRanges, JoinsWhatTouchesAndWhatOverlaps) {
  SequenceRanges ranges;
  ranges.add(range(10, 20));
  ranges.add(range(30, 40));
  EXPECT_EQ(ranges.size(), 2U);
  ranges.add(range(20, 30));
  EXPECT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges.at({25}), range(10, 40));
  ranges.add(range(5, 50));
  EXPECT_EQ(ranges.at({6}), range(5, 50));
}

TEST(SequenceRanges, BeginsAfterItsFirstNumber) {
  SequenceRanges ranges;
  ranges.add(range(10, 12));
  EXPECT_FALSE(ranges.at({10}));
  EXPECT_TRUE(ranges.at({11}));
  EXPECT_TRUE(ranges.at({12}));
  EXPECT_FALSE(ranges.at({13}));
  EXPECT_EQ(ranges.end_from({9}), Sequence{9});
  EXPECT_EQ(ranges.end_from({10}), Sequence{12});
  EXPECT_EQ(ranges.end_from({12}), Sequence{12});
}

TEST(SequenceRanges, AgreesWithASetOfNumbers) {
  std::mt19937 random(20261128);
  for (int round = 0; round < 200; ++round) {
    SequenceRanges ranges;
    std::set<std::uint64_t> numbers;
    for (int step = 0; step < 30; ++step) {
      const std::uint64_t after = random() % 100;
      const std::uint64_t through = after + random() % 8;
      ranges.add(range(after, through));
      for (auto n = after + 1; n <= through; ++n) numbers.insert(n);
    }
    const std::uint64_t low = random() % 50;
    std::set<std::uint64_t> missing;
    for (const SequenceRange& gap : ranges.gaps(range(low, 90))) {
      for (auto n = gap.after.value + 1; n <= gap.through.value; ++n) missing.insert(n);
    }
    for (std::uint64_t n = 1; n <= 110; ++n) {
      EXPECT_EQ(ranges.at({n}).has_value(), numbers.count(n) == 1) << n;
      EXPECT_EQ(missing.count(n) == 1, n > low && n <= 90 && numbers.count(n) == 0) << n;
    }
    ranges.forget_through({low});
    for (std::uint64_t n = 1; n <= 110; ++n) {
      EXPECT_EQ(ranges.at({n}).has_value(), n > low && numbers.count(n) == 1) << n;
    }
  }
}

TEST(Progress, MovesItsCursorOnlyOverWhatIsAcknowledgedWithoutAGap) {
  Progress progress;
  progress.open({100});
  progress.add_acknowledged(range(110, 120));
  EXPECT_EQ(progress.cursor(), Sequence{100});
  progress.add_acknowledged(range(100, 105));
  EXPECT_EQ(progress.cursor(), Sequence{105});
  progress.add_acknowledged(range(105, 110));
  EXPECT_EQ(progress.cursor(), Sequence{120});
  EXPECT_EQ(progress.ranges(), 0U);
}

TEST(Progress, RemembersWhatWasAcknowledgedAheadOverAReconnectAndNothingElse) {
  Progress progress;
  progress.open({0});
  progress.add_sent(range(50, 60));
  progress.add_acknowledged(range(50, 55));
  EXPECT_TRUE(progress.sent_at({60}));
  progress.open({0});
  EXPECT_TRUE(progress.sent_at({55}));
  EXPECT_FALSE(progress.sent_at({56}));
}

TEST(Progress, PassesAGapButNotWhatIsOnItsWay) {
  Progress progress;
  progress.open({0});
  progress.add_sent(range(50, 60));
  progress.pass(range(0, 70));
  EXPECT_EQ(progress.cursor(), Sequence{50});
  progress.add_acknowledged(range(50, 60));
  EXPECT_EQ(progress.cursor(), Sequence{70});
}

TEST(Progress, FollowsTheQueuesCursorOverAnEviction) {
  Progress progress;
  progress.open({0});
  progress.add_acknowledged(range(50, 60));
  progress.open({55});
  EXPECT_EQ(progress.cursor(), Sequence{60});
}

TEST(Progress, KeepsAFewRangesOverAReconnect) {
  Progress progress;
  progress.open({0});
  for (std::uint64_t n = 1; n <= 1000; ++n) progress.add_acknowledged(range(n * 10, n * 10 + 5));
  progress.open({0});
  EXPECT_LE(progress.ranges(), 2 * Progress::kMostRanges);
  EXPECT_TRUE(progress.may_run_ahead());
  EXPECT_TRUE(progress.sent_at({11}));  // the oldest: the backlog comes to them first
  EXPECT_FALSE(progress.sent_at({10'001}));
}

}  // namespace
}  // namespace submeter::publish
