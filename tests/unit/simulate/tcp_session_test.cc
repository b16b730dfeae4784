// SPDX-License-Identifier: Apache-2.0
#include "simulate/tcp_session.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/simulated_loop.h"
#include "tests/support/simulated_meters.h"

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const Bytes kRequest = {0, 1, 0, 0, 0, 6, 7, 4, 0x00, 0x34, 0, 2};
const Bytes kAnswer = {0, 1, 0, 0, 0, 7, 7, 4, 4, 0x46, 0x43, 0x04, 0x00};

class TcpSessionTest : public testing::Test {
 protected:
  TcpSessionTest() {
    responder_.add(test::small_meter(UnitId{7}), {});
    responder_.add(test::small_meter(UnitId{9}), {.turnaround = 300ms});
  }

  test::SimulatedLoop loop_;
  Responder responder_{Framing::kTcp, loop_.now()};
  std::vector<Bytes> answers_;
  TcpSession session_{loop_, responder_, [this](std::span<const std::uint8_t> bytes) {
                        answers_.emplace_back(bytes.begin(), bytes.end());
                      }};
};

TEST_F(TcpSessionTest, AnswersAfterTheTurnaroundOfTheMeter) {
  EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(5ms - 1ns);
  EXPECT_TRUE(answers_.empty());
  loop_.advance(1ns);
  EXPECT_EQ(answers_, std::vector<Bytes>{kAnswer});
}

TEST_F(TcpSessionTest, TakesRequestsByteByByteAndTwoAtOnce) {
  for (const std::uint8_t byte : kRequest) EXPECT_TRUE(session_.receive(std::span(&byte, 1)));
  loop_.advance(1s);
  Bytes two = kRequest;
  two.insert(two.end(), kRequest.begin(), kRequest.end());
  EXPECT_TRUE(session_.receive(two));
  loop_.advance(1s);
  EXPECT_EQ(answers_, (std::vector<Bytes>{kAnswer, kAnswer, kAnswer}));
}

TEST_F(TcpSessionTest, LetsAFastUnitOvertakeASlowOne) {
  Bytes slow = kRequest;
  slow[1] = 2;
  slow[6] = 9;
  EXPECT_TRUE(session_.receive(slow));
  EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(1s);
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0][1], 1);
  EXPECT_EQ(answers_[1][1], 2);
}

TEST_F(TcpSessionTest, RefusesWhatIsNotModbus) {
  Bytes protocol = kRequest;
  protocol[3] = 1;
  EXPECT_FALSE(session_.receive(protocol));
  session_.reset();
  for (const int length : {0, 1, 255}) {
    session_.reset();
    Bytes wrong = kRequest;
    wrong[5] = static_cast<std::uint8_t>(length);
    EXPECT_FALSE(session_.receive(wrong)) << length;
  }
  session_.reset();
  EXPECT_FALSE(session_.receive(std::vector<std::uint8_t>{'G', 'E', 'T', ' ', '/', ' '}));
}

TEST_F(TcpSessionTest, WaitsForTheRestAtEveryLength) {
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    session_.reset();
    EXPECT_TRUE(session_.receive(std::span(kRequest).first(size)));
    loop_.advance(1s);
    EXPECT_TRUE(answers_.empty()) << size;
  }
}

TEST_F(TcpSessionTest, SaysNothingInTheMiddleOfAnAnswer) {
  responder_.change_faults(UnitId{7}, {.shares = {{Fault::kPaused, 1.0}}});
  responder_.change_faults(UnitId{9}, {.turnaround = 20ms});
  Bytes other = kRequest;
  other[6] = 9;
  EXPECT_TRUE(session_.receive(kRequest));
  EXPECT_TRUE(session_.receive(other));
  loop_.advance(1s);
  ASSERT_EQ(answers_.size(), 3U);
  Bytes whole = answers_[0];
  whole.insert(whole.end(), answers_[1].begin(), answers_[1].end());
  EXPECT_EQ(whole, kAnswer);
  EXPECT_EQ(answers_[2][6], 9);
}

TEST_F(TcpSessionTest, SaysNothingAfterAnAnswerThatBrokeOffUntilReset) {
  responder_.change_faults(UnitId{7}, {.shares = {{Fault::kTruncated, 1.0}}});
  EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(1s);
  EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(1s);
  EXPECT_EQ(answers_.size(), 1U);
  session_.reset();
  EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(1s);
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(TcpSessionTest, AnswersNoMoreThanItCanRemember) {
  for (std::size_t i = 0; i < AnswerQueue::kMostWaiting + 5; ++i) EXPECT_TRUE(session_.receive(kRequest));
  loop_.advance(1s);
  EXPECT_EQ(answers_.size(), AnswerQueue::kMostWaiting);
}

}  // namespace
}  // namespace submeter::simulate
