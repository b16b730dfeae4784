// SPDX-License-Identifier: Apache-2.0
#include "clock/chrony_client.h"

#include "tests/support/fake_datagram_port.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_loop.h"
#include "tests/unit/clock/tracking_packets.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;
using Presence = ChronyClient::Presence;

constexpr std::uint32_t kFirst = 0xdecafbad;
constexpr std::uint32_t kSecond = 0x00c0ffee;

class ChronyClientTest : public ::testing::Test {
 protected:
  void start() {
    client.start([this] { ++news; });
  }
  /// Lets chronyd answer the newest request.
  void answer() {
    const auto& request = port.sent().back().bytes;
    Datagram bytes = from_hex(kSlow);
    std::copy_n(request.begin() + 8, 4, bytes.begin() + 16);
    port.arrive(bytes);
  }
  std::uint64_t ignored(NotTracking reason) const {
    return client.counters().ignored[static_cast<std::size_t>(reason)];
  }
  void start_and_get_an_answer() {
    start();
    answer();
    ASSERT_EQ(client.presence(), Presence::kAnswers);
  }

  test::SimulatedLoop loop;
  const MonoTime begin = loop.now();
  test::FakeDatagramPort port{loop};
  // Only the low half of a number is used.
  test::FixedRandom random{{0x12345678'00000000 | kFirst, 0x9abcdef0'00000000 | kSecond}};
  ChronyClient client{loop, port, random};
  int news = 0;
};

TEST_F(ChronyClientTest, AsksNothingBeforeItIsStarted) {
  loop.advance(1h);
  EXPECT_TRUE(port.sent().empty());
  EXPECT_EQ(client.presence(), Presence::kUnknown);
}

TEST_F(ChronyClientTest, AsksAtOnceAndEveryFiveSecondsWithANewSequence) {
  start();
  loop.advance(12s);
  ASSERT_EQ(port.sent().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(port.sent()[i].at, begin + i * 5s);
    const TrackingPacket request = tracking_request(i == 1 ? kSecond : kFirst);
    EXPECT_EQ(port.sent()[i].bytes, Datagram(request.begin(), request.end()));
  }
  EXPECT_EQ(client.counters().requests, 3U);
}

TEST_F(ChronyClientTest, TellsWhatWasAnsweredAndWhen) {
  start();
  loop.advance(300ms);
  EXPECT_FALSE(client.tracking());
  answer();
  EXPECT_EQ(news, 1);
  EXPECT_EQ(client.presence(), Presence::kAnswers);
  ASSERT_TRUE(client.tracking());
  EXPECT_EQ(client.tracking()->stratum, 3);
  EXPECT_EQ(client.answered_at(), begin + 300ms);
  EXPECT_EQ(client.counters().answers, 1U);
}

TEST_F(ChronyClientTest, TellsEachAnswer) {
  start_and_get_an_answer();
  loop.advance(5s);
  answer();
  EXPECT_EQ(news, 2);
  EXPECT_EQ(client.answered_at(), begin + 5s);
  EXPECT_EQ(client.counters().timeouts, 0U);
}

TEST_F(ChronyClientTest, TakesAnAnswerJustBeforeItsTimeIsUpAndNotAfter) {
  start();
  loop.advance(1s - 1ns);
  answer();
  EXPECT_EQ(client.counters().answers, 1U);
  loop.advance_to(begin + 6s);
  answer();
  EXPECT_EQ(client.counters().answers, 1U);
  EXPECT_EQ(client.counters().timeouts, 1U);
  EXPECT_EQ(ignored(NotTracking::kSequence), 1U);
}

TEST_F(ChronyClientTest, CountsAnAnswerToAnotherRequest) {
  start();
  port.arrive(answer_to(kSecond));
  EXPECT_EQ(ignored(NotTracking::kSequence), 1U);
  EXPECT_FALSE(client.tracking());
  EXPECT_EQ(news, 0);
  answer();
  EXPECT_TRUE(client.tracking());
}

TEST_F(ChronyClientTest, CountsADoubledAnswer) {
  start_and_get_an_answer();
  answer();
  EXPECT_EQ(client.counters().answers, 1U);
  EXPECT_EQ(ignored(NotTracking::kSequence), 1U);
  EXPECT_EQ(news, 1);
}

TEST_F(ChronyClientTest, TakesNothingThatNobodyAskedForEvenWithSequenceZero) {
  start_and_get_an_answer();
  port.arrive(answer_to(0));
  EXPECT_EQ(client.counters().answers, 1U);
  EXPECT_EQ(ignored(NotTracking::kSequence), 1U);
}

TEST_F(ChronyClientTest, CountsEachKindOfWrongDatagramAndWaitsOnForTheAnswer) {
  start();
  const auto wrong = [this](std::size_t offset, std::uint8_t value) {
    Datagram bytes = answer_to(kFirst);
    bytes[offset] = value;
    port.arrive(bytes);
  };
  wrong(0, 5);
  wrong(1, 1);
  wrong(9, 2);
  wrong(55, 4);
  port.arrive({});
  port.arrive(answer_to(kFirst + 1));
  for (std::size_t kind = 0; kind < kNotTrackingKinds; ++kind)
    EXPECT_EQ(client.counters().ignored[kind], 1U) << to_string(static_cast<NotTracking>(kind));
  EXPECT_EQ(client.presence(), Presence::kUnknown);
  EXPECT_EQ(news, 0);
  answer();
  EXPECT_EQ(client.presence(), Presence::kAnswers);
}

TEST_F(ChronyClientTest, SendsNothingInReplyToAFloodOfWrongDatagrams) {
  start();
  for (int i = 0; i < 10'000; ++i) port.arrive(answer_to(kSecond));
  loop.advance(4s);
  EXPECT_EQ(port.sent().size(), 1U);
  EXPECT_EQ(ignored(NotTracking::kSequence), 10'000U);
  EXPECT_EQ(client.counters().timeouts, 1U);
}

TEST_F(ChronyClientTest, CallsChronydGoneAfterThreeRequestsWithoutAnAnswer) {
  start_and_get_an_answer();
  loop.advance_to(begin + 16s - 1ns);
  EXPECT_EQ(client.presence(), Presence::kAnswers);
  EXPECT_TRUE(client.tracking());
  EXPECT_EQ(client.failure(), "");
  EXPECT_EQ(news, 1);
  loop.advance_to(begin + 16s);
  EXPECT_EQ(client.presence(), Presence::kGone);
  EXPECT_FALSE(client.tracking());
  EXPECT_EQ(client.failure(), "chronyd did not answer 3 requests");
  EXPECT_EQ(news, 2);
  EXPECT_EQ(client.counters().timeouts, 3U);
}

TEST_F(ChronyClientTest, CallsChronydGoneThatNeverAnswered) {
  start();
  loop.advance(11s);
  EXPECT_EQ(client.presence(), Presence::kGone);
  EXPECT_EQ(news, 1);
}

TEST_F(ChronyClientTest, SaysWhatWasWrongWithWhatCameInsteadOfAnAnswer) {
  start();
  Datagram refusal = answer_to(kFirst);
  refusal[9] = 2;
  port.arrive(refusal);
  loop.advance(11s);
  EXPECT_EQ(client.failure(),
            "chronyd did not answer 3 requests; what came instead was ignored for its status");
}

TEST_F(ChronyClientTest, ForgivesRequestsWithoutAnAnswerWhenTheNextIsAnswered) {
  start();
  loop.advance(5s + 5s);
  answer();
  loop.advance(5s + 5s);
  EXPECT_EQ(client.counters().timeouts, 3U);
  EXPECT_EQ(client.presence(), Presence::kAnswers);
}

TEST_F(ChronyClientTest, AsksOnAtTheSamePaceWhileChronydIsGone) {
  start();
  loop.advance(100s);
  EXPECT_EQ(port.sent().size(), 21U);
  EXPECT_EQ(port.sent().back().at, begin + 100s);
  EXPECT_EQ(news, 1);
  answer();
  EXPECT_EQ(client.presence(), Presence::kAnswers);
  EXPECT_EQ(client.failure(), "");
  EXPECT_EQ(news, 2);
}

TEST_F(ChronyClientTest, BelievesTheFirstRefusalOfThePort) {
  start_and_get_an_answer();
  loop.advance(5s);
  port.refuse("no process answers at 127.0.0.1:323 (Connection refused)");
  EXPECT_EQ(client.presence(), Presence::kGone);
  EXPECT_FALSE(client.tracking());
  EXPECT_EQ(client.failure(), "no process answers at 127.0.0.1:323 (Connection refused)");
  EXPECT_EQ(client.counters().unreachable, 1U);
  EXPECT_EQ(news, 2);
  loop.advance(5s - 1ns);
  EXPECT_EQ(client.counters().timeouts, 0U);
  EXPECT_EQ(port.sent().size(), 2U);
  loop.advance(1ns);
  EXPECT_EQ(port.sent().size(), 3U);
}

TEST_F(ChronyClientTest, TellsOnceThatChronydIsGone) {
  start();
  port.refuse("no process");
  loop.advance(5s);
  port.refuse("no process");
  EXPECT_EQ(news, 1);
  EXPECT_EQ(client.counters().unreachable, 2U);
}

TEST_F(ChronyClientTest, SaysWhyChronydIsStillGone) {
  start();
  port.refuse("no process");
  loop.advance(11s);
  EXPECT_EQ(client.failure(), "no process");
  loop.advance(5s);
  EXPECT_EQ(client.failure(), "chronyd did not answer 3 requests");
}

TEST_F(ChronyClientTest, ForgetsWhatWasKnownWhenItAsksAnew) {
  start_and_get_an_answer();
  loop.advance(2s);
  client.ask_anew();
  EXPECT_FALSE(client.tracking());
  EXPECT_EQ(client.presence(), Presence::kAnswers);
  EXPECT_EQ(port.sent().size(), 2U);
  EXPECT_EQ(port.sent().back().at, begin + 2s);
  EXPECT_EQ(news, 1);
  answer();
  EXPECT_TRUE(client.tracking());
  loop.advance_to(begin + 7s - 1ns);
  EXPECT_EQ(port.sent().size(), 2U);
  loop.advance(1ns);
  EXPECT_EQ(port.sent().size(), 3U);
}

TEST_F(ChronyClientTest, IgnoresTheAnswerUnderWayWhenItAsksAnew) {
  start();
  loop.advance(900ms);
  client.ask_anew();
  port.arrive(answer_to(kFirst));
  EXPECT_FALSE(client.tracking());
  EXPECT_EQ(ignored(NotTracking::kSequence), 1U);
  loop.advance(1s - 1ns);
  EXPECT_EQ(client.counters().timeouts, 0U);
  port.arrive(answer_to(kSecond));
  EXPECT_TRUE(client.tracking());
}

}  // namespace
}  // namespace submeter::clock
