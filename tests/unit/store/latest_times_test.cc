// SPDX-License-Identifier: Apache-2.0
#include "store/latest_times.h"

#include <gtest/gtest.h>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

TEST(LatestTimes, NamesTheEndOfWhatIsAllEarlier) {
  LatestTimes times;
  times.add(Sequence{10}, ms(1000));
  times.add(Sequence{20}, ms(2000));
  times.add(Sequence{30}, ms(3000));
  EXPECT_EQ(times.reached(), Sequence{30});
  EXPECT_EQ(times.all_earlier(ms(1000)), Sequence{0});
  EXPECT_EQ(times.all_earlier(ms(1001)), Sequence{10});
  EXPECT_EQ(times.all_earlier(ms(3000)), Sequence{20});
  EXPECT_EQ(times.all_earlier(ms(3001)), Sequence{30});
}

TEST(LatestTimes, StopsAtALateStretchThatEarlierOnesFollow) {
  LatestTimes times;
  times.add(Sequence{10}, ms(9000));
  times.add(Sequence{20}, ms(2000));
  EXPECT_EQ(times.all_earlier(ms(5000)), Sequence{0});
  times.forget(Sequence{10});
  EXPECT_EQ(times.all_earlier(ms(5000)), Sequence{20}) << "what is gone no longer counts";
}

TEST(LatestTimes, KnowsNothingOfAnEmptyStream) {
  EXPECT_EQ(LatestTimes().reached(), Sequence{0});
  EXPECT_EQ(LatestTimes().all_earlier(ms(5)), Sequence{0});
}

TEST(LatestTimes, IsNeverWrongAndSeldomFarOffHoweverManyBlocks) {
  LatestTimes times;
  for (std::uint64_t block = 1; block <= 10'000; ++block) {
    times.add(Sequence{block * 3}, ms(static_cast<std::int64_t>(block)));
  }
  for (std::int64_t since = 1; since <= 10'001; since += 100) {
    const auto through = static_cast<std::int64_t>(times.all_earlier(ms(since)).value);
    EXPECT_LT(through / 3, since);
    EXPECT_GT(through / 3, since - 400) << "more than three stretches too early";
  }
}

TEST(LatestTimes, FitsThePageOfTheRowHoweverManyBlocks) {
  LatestTimes times;
  for (std::uint64_t block = 1; block <= 5'000; ++block) {
    times.add(Sequence{block}, ms(static_cast<std::int64_t>(block % 1000)));
    ASSERT_LE(times.encode().size(), 8 + 16 * LatestTimes::kMaxStretches) << block;
  }
}

TEST(LatestTimes, ReadsBackWhatItWrote) {
  LatestTimes times;
  for (std::uint64_t block = 1; block <= 500; ++block) {
    times.add(Sequence{1000 + block}, ms(static_cast<std::int64_t>(block)));
  }
  times.forget(Sequence{1200});
  LatestTimes again(times.encode());
  EXPECT_EQ(again.encode(), times.encode());
  for (std::uint64_t block = 501; block <= 600; ++block) {
    again.add(Sequence{1000 + block}, ms(static_cast<std::int64_t>(block)));
  }
  EXPECT_GT(again.all_earlier(ms(590)), Sequence{1570}) << "the stretches became coarse";
}

TEST(LatestTimes, TakesDamagedBytesForNothing) {
  LatestTimes times;
  times.add(Sequence{10}, ms(1000));
  const auto whole = times.encode();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto flipped = whole;
    flipped[i] ^= 1;
    EXPECT_EQ(LatestTimes(flipped).reached(), Sequence{0}) << i;
    EXPECT_EQ(LatestTimes(std::span(whole).first(i)).reached(), Sequence{0}) << i;
  }
}

}  // namespace
}  // namespace submeter::store
