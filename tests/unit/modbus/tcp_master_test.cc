// SPDX-License-Identifier: Apache-2.0
#include "modbus/tcp_master.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "tests/support/fake_byte_stream.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_loop.h"

namespace submeter::modbus {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

constexpr Duration kTimeout = 500ms;

ReadRequest ask(std::uint8_t unit, std::uint16_t address = 0) {
  return {UnitId{unit}, Function::kReadHoldingRegisters, RegisterAddress{address}, 1};
}

/// The answer with one register to a request as it was sent.
Bytes answer_to(std::span<const std::uint8_t> request, std::uint16_t value) {
  return {request[0], request[1], 0, 0, 0, 5, request[6], 0x03, 0x02, high_byte(value), low_byte(value)};
}

class TcpMasterTest : public ::testing::Test {
 protected:
  void open_line(std::size_t max_in_flight = 1) {
    master = std::make_unique<TcpMaster>(loop, stream, random, max_in_flight, kTimeout);
    master->on_ready([this] { ++times_ready; });
    master->start();
    loop.settle();
    ASSERT_TRUE(master->ready());
    ASSERT_EQ(times_ready, 1);
  }
  void read(const ReadRequest& request) {
    master->read(request, [this](const ReadAnswer& answer) { answers.push_back(answer); });
  }
  const Bytes& sent(std::size_t index) const { return stream.written()[index].bytes; }
  const BusCounters& counters() const { return master->counters(); }

  test::SimulatedLoop loop;
  test::FixedRandom random{{0xFFFE}};
  test::FakeByteStream stream{loop};
  std::unique_ptr<TcpMaster> master;
  std::vector<ReadAnswer> answers;
  int times_ready = 0;
};

TEST_F(TcpMasterTest, GivesEachRequestItsOwnTransaction) {
  open_line(3);
  for (int i = 0; i < 3; ++i) read(ask(1));
  EXPECT_EQ(sent(0), (Bytes{0xFF, 0xFF, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1}));
  EXPECT_EQ(sent(1), (Bytes{0x00, 0x00, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1}));
  EXPECT_EQ(sent(2), (Bytes{0x00, 0x01, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1}));
}

TEST_F(TcpMasterTest, HandsOutTheRegistersWithBothInstants) {
  open_line();
  const MonoTime asked = loop.now();
  read(ask(1));
  EXPECT_FALSE(master->ready());
  stream.arrive_after(30ms, answer_to(sent(0), 0x1234));
  loop.advance(30ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kRegisters);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{0x1234});
  EXPECT_EQ(answers[0].sent, asked);
  EXPECT_EQ(answers[0].received, asked + 30ms);
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(times_ready, 2);
}

TEST_F(TcpMasterTest, TakesNoMoreThanMaxInFlight) {
  open_line(2);
  read(ask(1));
  EXPECT_TRUE(master->ready());
  read(ask(2));
  EXPECT_FALSE(master->ready());
  stream.arrive(answer_to(sent(0), 1));
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(times_ready, 2);
}

TEST_F(TcpMasterTest, MatchesAnswersInAnyOrderAndAnyChunks) {
  open_line(2);
  read(ask(1));
  read(ask(2));
  Bytes both = answer_to(sent(1), 22);
  const Bytes first = answer_to(sent(0), 11);
  both.insert(both.end(), first.begin(), first.end());
  stream.arrive(std::span(both).first(3));
  stream.arrive(std::span(both).subspan(3, 10));
  stream.arrive(std::span(both).subspan(13));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{22});
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{11});
}

TEST_F(TcpMasterTest, TimesOutExactly) {
  open_line();
  const MonoTime asked = loop.now();
  read(ask(7));
  loop.advance_to(asked + kTimeout - 1ns);
  EXPECT_TRUE(answers.empty());
  loop.advance_to(asked + kTimeout);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(answers[0].reason, "no response from unit 7 in 500 ms");
}

TEST_F(TcpMasterTest, LeavesAGatewayTheTimeItMayStillNeedForARequestThatTimedOut) {
  open_line();
  const MonoTime asked = loop.now();
  read(ask(7));
  loop.advance_to(asked + kTimeout);
  EXPECT_FALSE(master->ready());
  loop.advance_to(asked + 2 * kTimeout - 1ns);
  EXPECT_FALSE(master->ready());
  const int before = times_ready;
  loop.advance_to(asked + 2 * kTimeout);
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(times_ready, before + 1);
}

TEST_F(TcpMasterTest, GoesOnAsSoonAsTheAnswerHasComeAfterAll) {
  open_line();
  read(ask(7));
  loop.advance(kTimeout);
  const int before = times_ready;
  stream.arrive(answer_to(sent(0), 1));
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(times_ready, before + 1);
}

TEST_F(TcpMasterTest, DropsALateAnswerAndCountsIt) {
  open_line();
  read(ask(1));
  loop.advance(2 * kTimeout);
  read(ask(1));
  stream.arrive(answer_to(sent(0), 0xBAD));
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(counters().faults_of.at(UnitId{1})[LineFault::kLate], 1U);
  stream.arrive(answer_to(sent(1), 0x600D));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{0x600D});
}

TEST_F(TcpMasterTest, RefusesAnAnswerInTheNameOfAnotherUnit) {
  open_line();
  read(ask(7));
  Bytes answer = answer_to(sent(0), 1);
  answer[6] = 1;
  stream.arrive(answer);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBadAnswer);
  EXPECT_EQ(answers[0].reason, "answered as unit 1, asked unit 7: check the gateway's unit mapping");
}

TEST_F(TcpMasterTest, ExplainsAnExceptionOfTheGateway) {
  open_line();
  read(ask(7));
  stream.arrive(Bytes{sent(0)[0], sent(0)[1], 0, 0, 0, 3, 7, 0x83, 0x0B});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kException);
  EXPECT_EQ(answers[0].exception_code, 0x0B);
}

TEST_F(TcpMasterTest, LetsTheAskerAskAgainFromItsAnswer) {
  open_line();
  master->read(ask(1), [this](const ReadAnswer&) { read(ask(2)); });
  stream.arrive(answer_to(sent(0), 1));
  EXPECT_EQ(stream.written().size(), 2U);
  EXPECT_FALSE(master->ready());
  EXPECT_EQ(times_ready, 1);
}

TEST_F(TcpMasterTest, ConnectsAnewWhenAConnectionThatSpokeIsSilentForHalfAMinute) {
  open_line();
  read(ask(7));
  stream.arrive(answer_to(sent(0), 1));
  // Seldom asked, it is not silent for having nothing to say.
  loop.advance(60s);
  const MonoTime asked = loop.now();
  while (loop.now() < asked + 30s) {
    read(ask(7));
    loop.advance(1s);
    ASSERT_TRUE(stream.is_open());
  }
  read(ask(7));
  loop.advance(1s);
  EXPECT_FALSE(stream.is_open());
  ASSERT_TRUE(loop.run_until([this] { return master->ready(); }, 10s));
  // A connection that never said a word is not made better by another one.
  for (int i = 0; i < 100; ++i) {
    read(ask(7));
    loop.advance(1s);
  }
  EXPECT_EQ(stream.opens(), 2U);
}

TEST_F(TcpMasterTest, ConnectsAnewWhenAnAnswerBrokeOff) {
  open_line();
  read(ask(7));
  Bytes half = answer_to(sent(0), 1);
  half.resize(half.size() / 2);
  stream.arrive_after(20ms, half);
  loop.advance(kTimeout);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kTimeout);
  EXPECT_FALSE(stream.is_open());
  EXPECT_EQ(counters().faults[LineFault::kTruncated], 1U);
}

TEST_F(TcpMasterTest, LeavesAnAnswerThatIsJustComingItsTime) {
  open_line(2);
  read(ask(7));
  loop.advance(kTimeout / 2);
  read(ask(8));
  const Bytes whole = answer_to(sent(1), 42);
  const Bytes half(whole.begin(), whole.begin() + 5);
  stream.arrive_after(kTimeout / 2 - 10ms, half);
  stream.arrive_after(kTimeout / 2 + 10ms, {whole.begin() + 5, whole.end()});
  loop.advance(kTimeout / 2 + 10ms);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{42});
}

TEST_F(TcpMasterTest, GivesUpAConnectionThatDoesNotSpeakModbusTcp) {
  open_line();
  std::vector<std::string> states;
  master->on_line_state([&](bool, const std::string& detail) { states.push_back(detail); });
  read(ask(7));
  stream.arrive(Bytes{0x07, 0x03, 0x02, 0x00, 0x05, 0x12, 0x34});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBusDown);
  EXPECT_FALSE(stream.is_open());
  EXPECT_EQ(counters().faults[LineFault::kNotModbus], 1U);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(
      states[0],
      "fake line does not speak Modbus TCP: is it a serial gateway in transparent mode?; next try in 1 s");
  loop.advance(1s);
  EXPECT_TRUE(master->ready());
}

TEST_F(TcpMasterTest, TellsEveryRequestUnderWayOnceThatTheLineFell) {
  open_line(4);
  for (std::uint8_t unit = 1; unit <= 3; ++unit) read(ask(unit));
  stream.fall("connection closed");
  ASSERT_EQ(answers.size(), 3U);
  for (const ReadAnswer& answer : answers) {
    EXPECT_EQ(answer.outcome, Outcome::kBusDown);
    EXPECT_EQ(answer.reason, "connection closed");
  }
  EXPECT_FALSE(master->ready());
  loop.advance(5s);
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(times_ready, 2);
}

TEST_F(TcpMasterTest, DoesNotJoinBytesOfTwoConnections) {
  open_line();
  read(ask(1));
  stream.arrive(Bytes{0xFF, 0xFF, 0, 0});
  stream.fall("connection closed");
  loop.advance(1s);
  read(ask(1));
  stream.arrive(answer_to(sent(1), 42));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{42});
}

TEST_F(TcpMasterTest, GivesEveryRequestOneAnswerAndTheRightOne) {
  std::minstd_rand chance(11);
  stream.far_end = [&](std::span<const std::uint8_t> request) {
    const auto value = static_cast<std::uint16_t>(request[8] << 8 | request[9]);
    const auto delay = std::chrono::milliseconds(1 + chance() % 700);
    if (chance() % 10 != 0) stream.arrive_after(delay, answer_to(request, value));
  };
  open_line(8);
  constexpr std::uint16_t kRequests = 2000;
  std::vector<int> calls(kRequests);
  for (std::uint16_t i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(loop.run_until([this] { return master->ready(); }, 10s));
    master->read(ask(1, i), [&calls, i](const ReadAnswer& answer) {
      ++calls[i];
      if (answer.outcome == Outcome::kRegisters) {
        EXPECT_EQ(answer.registers[0], i);
      }
    });
    if (i % 500 == 499) stream.fall("connection closed");
  }
  loop.advance(10s);
  EXPECT_EQ(calls, std::vector<int>(calls.size(), 1));
  EXPECT_GT(counters().answers, 500U);
  EXPECT_GT(counters().faults[LineFault::kLate], 100U);
}

TEST_F(TcpMasterTest, CallsNobodyBackOnceItIsDestroyed) {
  open_line(2);
  read(ask(1));
  read(ask(2));
  master.reset();
  loop.advance(10s);
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace submeter::modbus
