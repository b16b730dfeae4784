// SPDX-License-Identifier: Apache-2.0
#include "poll/read_plans.h"

#include <gtest/gtest.h>

#include "tests/unit/poll/plans.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

// With kCost a hole of ten registers costs 20 ms, another request 17 ms.
class ReadPlansTest : public ::testing::Test {
 protected:
  std::size_t requests(const std::vector<std::size_t>& points = {0, 1}) {
    return plans.of({{0, points, MonoTime{}}}, true).requests.size();
  }
  MeterPlan plan = meter("a", 1, {point("power_kw", 0, 5s), point("pf", 11, 60s)});
  ReadPlans plans{plan, kCost};
};

TEST_F(ReadPlansTest, FollowTheTurnaroundThatTheMeterShows) {
  EXPECT_EQ(requests(), 2U);
  // 40 ms of turnaround: request and answer of ten registers take 25 characters of 1 ms more.
  for (int i = 0; i < 20; ++i) plans.learn(65ms, 10);
  EXPECT_EQ(requests(), 1U);
  for (int i = 0; i < 40; ++i) plans.learn(30ms, 10);
  EXPECT_EQ(requests(), 2U);
}

TEST_F(ReadPlansTest, AreMadeForWhatIsDue) {
  EXPECT_EQ(requests({0}), 1U);
  EXPECT_EQ(plans.of({{0, {1}, MonoTime{}}}, true).requests[0].address, RegisterAddress{11});
  EXPECT_EQ(plans.of({{0, {0}, MonoTime{}}}, true).requests[0].address, RegisterAddress{0});
}

TEST_F(ReadPlansTest, ReadNoHolesWhereNoneAreAllowed) {
  for (int i = 0; i < 20; ++i) plans.learn(500ms, 10);
  EXPECT_EQ(plans.of({{0, {0, 1}, MonoTime{}}}, true).requests.size(), 1U);
  EXPECT_EQ(plans.of({{0, {0, 1}, MonoTime{}}}, false).requests.size(), 2U);
}

TEST_F(ReadPlansTest, AreForgottenOnesAgainWhenMoreAreNeededThanKept) {
  plan.circuits[0].points.clear();
  for (std::uint16_t i = 0; i < 20; ++i) {
    plan.circuits[0].points.push_back(point("p", static_cast<std::uint16_t>(30 * i), 5s));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < 20; ++i) {
      const auto& requests = plans.of({{0, {i}, MonoTime{}}}, true).requests;
      ASSERT_EQ(requests.size(), 1U);
      EXPECT_EQ(requests[0].address.value, 30 * i);
    }
  }
}

}  // namespace
}  // namespace submeter::poll
