// SPDX-License-Identifier: Apache-2.0
#include "store/loss_report.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

#include "tests/support/simulated_loop.h"

namespace submeter::store {
namespace {

using std::chrono::seconds;
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

class LossReportTest : public ::testing::Test {
 protected:
  void lose(std::uint64_t first, std::uint64_t last) { report_.add({Sequence{first}, Sequence{last}}); }

  test::SimulatedLoop loop_;
  Ranges told_;
  LossReport report_{loop_,
                     [this](SequenceRange lost) { told_.emplace_back(lost.first.value, lost.last.value); }};
};

TEST_F(LossReportTest, TellsTheFirstLossAtOnce) {
  lose(1, 10);
  EXPECT_EQ(told_, (Ranges{{1, 10}}));
}

TEST_F(LossReportTest, GathersWhatFollowsForAMinute) {
  lose(1, 10);
  lose(11, 20);
  loop_.advance(seconds{59});
  lose(21, 25);
  EXPECT_EQ(told_.size(), 1U);
  loop_.advance(seconds{1});
  EXPECT_EQ(told_, (Ranges{{1, 10}, {11, 25}}));
  loop_.advance(seconds{59});
  lose(26, 26);
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(LossReportTest, TellsAtOnceAgainAfterAQuietMinute) {
  lose(1, 10);
  loop_.advance(seconds{60});
  lose(11, 12);
  EXPECT_EQ(told_, (Ranges{{1, 10}, {11, 12}}));
}

TEST_F(LossReportTest, TellsTheRestWhenAsked) {
  lose(1, 10);
  lose(11, 20);
  report_.flush();
  report_.flush();
  EXPECT_EQ(told_, (Ranges{{1, 10}, {11, 20}}));
}

}  // namespace
}  // namespace submeter::store
