// SPDX-License-Identifier: Apache-2.0
#include "modbus/rtu_master.h"

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

// 10,000 baud 8N1: a character takes 1 ms, T3.5 is 3.5 ms, a request (8 characters) 8 ms.
const SerialLine kLine{"/dev/ttyTEST", 10'000, Parity::kNone, 1};
constexpr Duration kSilence = 3500us;
constexpr Duration kRequestTime = 8ms;
constexpr Duration kTimeout = 300ms;

ReadRequest ask(std::uint8_t unit, std::uint16_t address = 0x34, std::uint16_t count = 1) {
  return {UnitId{unit}, Function::kReadInputRegisters, RegisterAddress{address}, count};
}

Bytes with_crc(Bytes bytes) {
  const std::uint16_t crc = crc16(bytes);
  bytes.push_back(low_byte(crc));
  bytes.push_back(high_byte(crc));
  return bytes;
}

/// An answer with one register.
Bytes answer_of(std::uint8_t unit, std::uint16_t value) {
  return with_crc({unit, 0x04, 0x02, high_byte(value), low_byte(value)});
}

struct LineEvent {
  bool up = false;
  std::string detail;
};

class RtuMasterTest : public ::testing::Test {
 protected:
  explicit RtuMasterTest(const SerialLine& line = kLine)
      : master(std::make_unique<RtuMaster>(loop, stream, random, line, kTimeout)) {
    master->on_ready([this] { ready_at.push_back(loop.now()); });
    master->on_line_state([this](bool up, const std::string& detail) { states.push_back({up, detail}); });
  }

  void open_line() {
    master->start();
    ASSERT_TRUE(loop.run_until([this] { return master->ready(); }, 1s));
  }
  /// Asks, and keeps the answer.
  void read(const ReadRequest& request) {
    master->read(request, [this](const ReadAnswer& answer) { answers.push_back(answer); });
  }
  void become_ready() {
    ASSERT_TRUE(loop.run_until([this] { return master->ready(); }, 10s));
  }
  /// Unit 7 is asked and stays silent; returns when the last byte of the request left.
  MonoTime let_unit_7_time_out() {
    read(ask(7));
    const MonoTime sent = loop.now() + kRequestTime;
    loop.advance_to(sent + kTimeout);
    EXPECT_EQ(answers.back().outcome, Outcome::kTimeout);
    return sent;
  }
  const BusCounters& counters() const { return master->counters(); }

  test::SimulatedLoop loop;
  test::FixedRandom random;
  test::FakeByteStream stream{loop};
  std::unique_ptr<RtuMaster> master;
  std::vector<ReadAnswer> answers;
  std::vector<MonoTime> ready_at;
  std::vector<LineEvent> states;
};

TEST(RtuTiming, FollowsTheSpeedUpTo19200BaudAndIsFixedAbove) {
  const RtuTiming slow(SerialLine{"", 9600, Parity::kEven, 1});
  EXPECT_EQ(slow.character, 1'145'833ns);  // 11 bits
  EXPECT_EQ(slow.silence, 4'010'415ns);
  EXPECT_EQ(RtuTiming(SerialLine{"", 19200, Parity::kNone, 1}).silence, 1'822'915ns);  // 10 bits
  EXPECT_EQ(RtuTiming(SerialLine{"", 19201, Parity::kNone, 1}).silence, 1750us);
  EXPECT_EQ(RtuTiming(SerialLine{"", 115200, Parity::kNone, 2}).silence, 1750us);
}

TEST_F(RtuMasterTest, IsReadyAfterOneSilentIntervalOnTheOpenLine) {
  const MonoTime start = loop.now();
  master->start();
  loop.advance_to(start + kSilence - 1ns);
  EXPECT_TRUE(master->line_up());
  EXPECT_FALSE(master->ready());
  loop.advance_to(start + kSilence);
  EXPECT_TRUE(master->ready());
  EXPECT_EQ(ready_at, std::vector{start + kSilence});
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].up);
  EXPECT_EQ(states[0].detail, "fake line");
}

TEST_F(RtuMasterTest, SendsTheRequestAndHandsOutTheRegistersWithBothInstants) {
  open_line();
  const MonoTime asked = loop.now();
  read(ask(7));
  EXPECT_FALSE(master->ready());
  ASSERT_EQ(stream.written().size(), 1U);
  EXPECT_EQ(stream.written()[0].bytes, (Bytes{0x07, 0x04, 0x00, 0x34, 0x00, 0x01, 0x70, 0x62}));
  stream.arrive_after(50ms, answer_of(7, 0x412C));
  loop.advance(50ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kRegisters);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{0x412C});
  EXPECT_EQ(answers[0].reason, "");
  EXPECT_EQ(answers[0].sent, asked + kRequestTime);
  EXPECT_EQ(answers[0].received, asked + 50ms);
  EXPECT_EQ(counters().requests, 1U);
  EXPECT_EQ(counters().answers, 1U);
  EXPECT_EQ(counters().bytes_sent, 8U);
  EXPECT_EQ(counters().bytes_received, 7U);
}

TEST_F(RtuMasterTest, KeepsTheLineSilentAfterAnAnswer) {
  open_line();
  read(ask(7));
  stream.arrive_after(50ms, answer_of(7, 1));
  loop.advance(50ms);
  const MonoTime end_of_answer = loop.now();
  loop.advance_to(end_of_answer + kSilence - 1ns);
  EXPECT_FALSE(master->ready());
  loop.advance_to(end_of_answer + kSilence);
  EXPECT_TRUE(master->ready());
}

TEST_F(RtuMasterTest, CountsTheSilenceFromWhenTheBytesWereReadNotFromWhenTheTurnBegan) {
  open_line();
  read(ask(7));
  loop.advance(50ms);
  loop.batch_so_far = 2ms;  // preempted between waking up and reading
  stream.arrive(answer_of(7, 1));
  loop.batch_so_far = 0ms;
  const MonoTime end_of_answer = loop.now() + 2ms;
  EXPECT_EQ(answers.at(0).received, end_of_answer);
  loop.advance_to(end_of_answer + kSilence - 1ns);
  EXPECT_FALSE(master->ready());
  loop.advance_to(end_of_answer + kSilence);
  EXPECT_TRUE(master->ready());
}

TEST_F(RtuMasterTest, TimesOutExactlyWhenTheTimeAfterTheRequestHasPassed) {
  open_line();
  const MonoTime asked = loop.now();
  read(ask(7));
  loop.advance_to(asked + kRequestTime + kTimeout - 1ns);
  EXPECT_TRUE(answers.empty());
  loop.advance_to(asked + kRequestTime + kTimeout);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(answers[0].reason, "no response from unit 7 in 300 ms");
  EXPECT_EQ(counters().timeouts, 1U);
}

TEST_F(RtuMasterTest, TakesAnAnswerInAnyChunks) {
  open_line();
  read(ask(7));
  const Bytes answer = answer_of(7, 0x412C);
  for (std::size_t i = 0; i < answer.size(); ++i) stream.arrive_after(20ms + 1ms * i, {answer[i]});
  loop.advance(25ms);
  EXPECT_TRUE(answers.empty());
  loop.advance(1ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{0x412C});
}

TEST_F(RtuMasterTest, LetsAnAnswerEndThatBeganInTime) {
  open_line();
  read(ask(7));
  const Bytes answer = answer_of(7, 5);
  stream.arrive_after(kRequestTime + kTimeout - 1ms, {answer.begin(), answer.begin() + 3});
  stream.arrive_after(kRequestTime + kTimeout + 20ms, {answer.begin() + 3, answer.end()});
  loop.advance(kRequestTime + kTimeout + 20ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kRegisters);
}

TEST_F(RtuMasterTest, WaitsForTheRestOfAnAnswerOnceAndNotForEver) {
  open_line();
  read(ask(7));
  const Bytes answer = answer_of(7, 5);
  for (std::size_t i = 0; i < 6; ++i) {
    stream.arrive_after(kRequestTime + kTimeout - 1ms + 40ms * i, {answer[i]});
  }
  loop.advance(1s);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBadAnswer);
  EXPECT_NE(answers[0].reason.find("broke off"), std::string::npos) << answers[0].reason;
  EXPECT_EQ(answers[0].received - answers[0].sent, kTimeout - 1ms + 7ms + RtuMaster::kPauseInAnswer);
  EXPECT_EQ(counters().faults[LineFault::kTruncated], 1U);
  EXPECT_EQ(counters().timeouts, 0U);
}

TEST_F(RtuMasterTest, SaysWhenOnlyNoiseCame) {
  open_line();
  read(ask(7));
  stream.arrive_after(20ms, Bytes(12, 0xFE));
  loop.advance(1s);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(
      answers[0].reason,
      "no response from unit 7 in 300 ms, only 12 bytes that are no answer: check baud rate, parity and stop "
      "bits");
}

TEST_F(RtuMasterTest, ExplainsAnException) {
  open_line();
  read(ask(7));
  stream.arrive_after(20ms, with_crc({0x07, 0x84, 0x02}));
  loop.advance(20ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kException);
  EXPECT_EQ(answers[0].exception_code, 2);
  EXPECT_EQ(answers[0].reason,
            "0x02 illegal data address: this meter has no such register: is the map for another model?");
  EXPECT_EQ(counters().exceptions, 1U);
}

TEST_F(RtuMasterTest, RefusesAnAnswerWithAnotherNumberOfRegisters) {
  open_line();
  read(ask(7, 0, 2));
  stream.arrive_after(20ms, answer_of(7, 5));
  loop.advance(20ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBadAnswer);
  EXPECT_EQ(answers[0].reason, "unit 7 sent 2 bytes of registers, asked for 4: check the map's `limits`");
  EXPECT_EQ(counters().bad_answers, 1U);
  EXPECT_EQ(counters().faults[LineFault::kWrongByteCount], 1U);
  EXPECT_EQ(counters().faults_of.at(UnitId{7})[LineFault::kWrongByteCount], 1U);
}

TEST_F(RtuMasterTest, RefusesAnAnswerToAnotherFunction) {
  open_line();
  read(ask(7));
  stream.arrive_after(20ms, with_crc({0x07, 0x03, 0x02, 0x12, 0x34}));
  loop.advance(20ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBadAnswer);
  EXPECT_EQ(counters().faults[LineFault::kWrongFunction], 1U);
}

TEST_F(RtuMasterTest, LeavesADamagedAnswerTheTimeTheRealOneMayStillTake) {
  open_line();
  read(ask(7));
  const MonoTime sent = loop.now() + kRequestTime;
  Bytes damaged = answer_of(7, 5);
  damaged[3] ^= 0x10;
  stream.arrive_after(20ms, damaged);
  loop.advance(20ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBadAnswer);
  EXPECT_EQ(counters().faults[LineFault::kCrc], 1U);
  become_ready();
  EXPECT_EQ(loop.now(), answers[0].received + kSilence);
  read(ask(7));
  loop.advance(1s);
  ASSERT_EQ(stream.written().size(), 2U);
  EXPECT_EQ(stream.written()[1].at, sent + kTimeout);
}

TEST_F(RtuMasterTest, TakesTheAnswerBehindTheEchoOfItsRequest) {
  stream.far_end = [this](std::span<const std::uint8_t> request) {
    for (std::size_t i = 0; i < request.size(); ++i) stream.arrive_after(1ms * (i + 1), {request[i]});
    const Bytes answer = answer_of(7, 0x412C);
    for (std::size_t i = 0; i < answer.size(); ++i) {
      stream.arrive_after(kRequestTime + 20ms + 1ms * i, {answer[i]});
    }
  };
  open_line();
  // 0x0234: the echo's third byte could be a byte count.
  for (const std::uint16_t address : {std::uint16_t{0x34}, std::uint16_t{0x234}}) {
    answers.clear();
    become_ready();
    read(ask(7, address));
    loop.advance(kRequestTime + 20ms + 6ms);
    ASSERT_EQ(answers.size(), 1U) << address;
    EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{0x412C});
  }
  EXPECT_EQ(counters().faults[LineFault::kEcho], 2U);
  EXPECT_EQ(counters().faults[LineFault::kNoise], 0U);
}

TEST_F(RtuMasterTest, TellsADuplicateFromALateAndAForeignAnswer) {
  open_line();
  read(ask(7));
  Bytes twice = answer_of(7, 1);
  const Bytes again = twice;
  twice.insert(twice.end(), again.begin(), again.end());
  stream.arrive_after(20ms, twice);
  loop.advance(20ms);
  stream.arrive(answer_of(9, 1));
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(counters().faults_of.at(UnitId{7})[LineFault::kDuplicate], 1U);
  EXPECT_EQ(counters().faults_of.at(UnitId{9})[LineFault::kForeign], 1U);
  EXPECT_EQ(counters().faults[LineFault::kLate], 0U);
}

// A second copy may come when the next question is already on the line: it began before that question ended.
TEST_F(RtuMasterTest, TakesNoAnswerThatBeganBeforeItsQuestionEnded) {
  open_line();
  for (unsigned i = 0; i < ResponseTimeouts::kAnswersToLearn; ++i) {
    become_ready();
    read(ask(7));
    stream.arrive_after(kRequestTime + 5ms, answer_of(7, 1));
    loop.advance(kRequestTime + 5ms);
  }
  become_ready();
  answers.clear();
  read(ask(7, 0x48));
  stream.arrive_after(2ms, answer_of(7, 0xBAD));
  stream.arrive_after(kRequestTime + 5ms, answer_of(7, 0x600D));
  loop.advance(kRequestTime + 5ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{0x600D});
  EXPECT_EQ(counters().faults[LineFault::kDuplicate], 1U);
}

// By the first character, when all but the last are there, and by the last; one more where the meter has not
// answered before, to see its length.
TEST_F(RtuMasterTest, IsWokenThreeTimesAnAnswerAndNotOnceACharacter) {
  open_line();
  Bytes answer{0x07, 0x04, 80};
  answer.resize(83, 0x55);
  answer = with_crc(answer);
  for (const std::size_t wakes : {4U, 3U, 3U}) {
    become_ready();
    const std::size_t before = stream.deliveries();
    answers.clear();
    read(ask(7, 0, 40));
    for (std::size_t i = 0; i < answer.size(); ++i) stream.arrive_after(20ms + 1ms * i, {answer[i]});
    loop.advance(20ms + 1ms * (answer.size() - 1));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].outcome, Outcome::kRegisters);
    EXPECT_EQ(stream.deliveries() - before, wakes);
  }
}

// It was expected to be long: it is found when that would have come.
TEST_F(RtuMasterTest, UnderstandsAnExceptionOfAMeterThatHasAnsweredInFull) {
  open_line();
  read(ask(7, 0, 40));
  Bytes full{0x07, 0x04, 80};
  full.resize(83, 0x55);
  stream.arrive_after(20ms, with_crc(full));
  loop.advance(20ms);
  become_ready();
  answers.clear();
  read(ask(7, 0, 40));
  const Bytes exception = with_crc({0x07, 0x84, 0x06});
  for (std::size_t i = 0; i < exception.size(); ++i) stream.arrive_after(20ms + 1ms * i, {exception[i]});
  loop.advance(20ms + 85ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kException);
}

TEST_F(RtuMasterTest, WaitsForSilenceWhenBytesAreThereThatNobodyAskedFor) {
  open_line();
  stream.undelivered = 3;
  const MonoTime asked = loop.now();
  read(ask(7));
  EXPECT_TRUE(stream.written().empty());
  loop.advance(kSilence);
  ASSERT_EQ(stream.written().size(), 1U);
  EXPECT_EQ(stream.written()[0].at, asked + kSilence);
  EXPECT_EQ(counters().faults[LineFault::kNoise], 1U);
}

// Forty times 20 ms, then silence: 3 × 20 ms + 100 ms instead of the 300 ms that are configured.
TEST_F(RtuMasterTest, WaitsForAKnownMeterOnlyAsLongAsItNeeds) {
  open_line();
  for (int i = 0; i < 40; ++i) {
    become_ready();
    read(ask(7));
    stream.arrive_after(kRequestTime + 20ms, answer_of(7, 1));
    loop.advance(kRequestTime + 20ms);
  }
  become_ready();
  answers.clear();
  read(ask(7));
  loop.advance(kRequestTime + 160ms - 1ns);
  EXPECT_TRUE(answers.empty());
  loop.advance(1ns);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].reason, "no response from unit 7 in 160 ms");
}

TEST_F(RtuMasterTest, IgnoresAnAnswerOfAnotherUnit) {
  open_line();
  read(ask(7));
  stream.arrive_after(20ms, answer_of(5, 1));
  stream.arrive_after(40ms, answer_of(7, 2));
  loop.advance(40ms);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].registers, std::vector<std::uint16_t>{2});
  EXPECT_EQ(counters().faults[LineFault::kForeign], 1U);
}

TEST_F(RtuMasterTest, GoesOnWithOtherUnitsAfterATimeout) {
  open_line();
  const MonoTime sent = let_unit_7_time_out();
  become_ready();
  EXPECT_EQ(loop.now(), sent + kTimeout + kSilence);
  read(ask(5));
  EXPECT_EQ(stream.written().back().at, loop.now());
}

TEST_F(RtuMasterTest, AsksASilentUnitAgainOnlyWhenNoAnswerCanComeAnyMore) {
  open_line();
  const MonoTime sent = let_unit_7_time_out();
  become_ready();
  read(ask(7));
  EXPECT_FALSE(master->ready());
  loop.advance_to(sent + 1s - 1ns);
  EXPECT_EQ(stream.written().size(), 1U);
  loop.advance_to(sent + 1s);
  EXPECT_EQ(stream.written().size(), 2U);
}

TEST_F(RtuMasterTest, DropsALateAnswerToAQuestionThatIsHeld) {
  open_line();
  const MonoTime sent = let_unit_7_time_out();
  become_ready();
  read(ask(7, 0x48));
  stream.arrive_after(100ms, answer_of(7, 0xBAD));
  loop.advance(100ms);
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(counters().faults[LineFault::kLate], 1U);
  loop.advance_to(sent + 1s);
  ASSERT_EQ(stream.written().size(), 2U);
  stream.arrive_after(50ms, answer_of(7, 0x600D));
  loop.advance(50ms);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{0x600D});
}

TEST_F(RtuMasterTest, SaysThatAMeterKnownToAnswerLaterNeedsALongerTime) {
  open_line();
  const MonoTime sent = let_unit_7_time_out();
  stream.arrive_after(100ms, answer_of(7, 1));
  loop.advance_to(sent + 1s);
  let_unit_7_time_out();
  EXPECT_EQ(answers.back().reason,
            "no response from unit 7 in 300 ms, it has answered later than that: raise response_timeout");
}

TEST_F(RtuMasterTest, TellsALateAnswerFromTheOneOfTheUnitAskedMeanwhile) {
  open_line();
  let_unit_7_time_out();
  become_ready();
  read(ask(5));
  stream.arrive_after(30ms, answer_of(7, 0xBAD));
  stream.arrive_after(60ms, answer_of(5, 0x600D));
  loop.advance(60ms);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].registers, std::vector<std::uint16_t>{0x600D});
  EXPECT_EQ(counters().faults[LineFault::kLate], 1U);
}

TEST_F(RtuMasterTest, KeepsTheLineFreeForAUnitKnownToBeSlow) {
  open_line();
  MonoTime sent = let_unit_7_time_out();
  stream.arrive_after(sent + 400ms - loop.now(), answer_of(7, 1));
  loop.advance_to(sent + 1s);
  ASSERT_TRUE(master->ready());
  sent = let_unit_7_time_out();
  become_ready();
  EXPECT_EQ(loop.now(), sent + 400ms + kSilence);
}

// The promise on which bills rest: whatever the delays of the meters, no answer becomes the value of a
// register it is not of. Every unit holds in each register its own number and the register's address.
TEST_F(RtuMasterTest, NeverTakesAnAnswerForThatToAnotherQuestion) {
  std::minstd_rand chance(7);
  stream.far_end = [&](std::span<const std::uint8_t> request) {
    const auto value = static_cast<std::uint16_t>(request[0] << 8 | request[3]);
    const auto delay = std::chrono::milliseconds(10 + (chance() % 4 == 0 ? chance() % 980 : chance() % 200));
    if (chance() % 20 != 0) stream.arrive_after(delay, answer_of(request[0], value));
  };
  open_line();
  std::size_t right = 0;
  for (std::uint16_t i = 0; i < 3000; ++i) {
    const auto unit = static_cast<std::uint8_t>(1 + chance() % 3);
    const auto address = static_cast<std::uint16_t>(i % 256);
    become_ready();
    read(ask(unit, address));
    ASSERT_TRUE(loop.run_until([&] { return answers.size() == i + 1U; }, 30s));
    if (answers.back().outcome != Outcome::kRegisters) continue;
    ASSERT_EQ(answers.back().registers[0], unit << 8 | address) << i;
    ++right;
  }
  EXPECT_GT(right, 2000U);
  EXPECT_GT(counters().faults[LineFault::kLate], 100U);
}

TEST_F(RtuMasterTest, WaitsForSilenceWhenTheLineIsNotQuiet) {
  open_line();
  stream.arrive(Bytes{0x55});
  EXPECT_FALSE(master->ready());
  loop.advance(kSilence - 1ns);
  EXPECT_FALSE(master->ready());
  loop.advance(1ns);
  EXPECT_TRUE(master->ready());
}

TEST_F(RtuMasterTest, TriesALineThatIsNeverQuiet) {
  open_line();
  for (int i = 0; i < 1000; ++i) stream.arrive_after(1ms * i, {0x55});
  loop.advance(1ms);
  EXPECT_FALSE(master->ready());
  EXPECT_TRUE(loop.run_until([this] { return master->ready(); }, kSilence + kTimeout));
}

TEST_F(RtuMasterTest, TellsTheRequestUnderWayThatTheLineFell) {
  open_line();
  read(ask(7));
  stream.arrive_after(50ms, answer_of(7, 1));
  loop.advance(20ms);
  stream.fall("unplugged");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].outcome, Outcome::kBusDown);
  EXPECT_EQ(answers[0].reason, "unplugged");
  EXPECT_FALSE(master->ready());
  EXPECT_FALSE(master->line_up());
  loop.advance(900ms);
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(RtuMasterTest, TellsAHeldRequestThatTheLineFell) {
  open_line();
  let_unit_7_time_out();
  become_ready();
  read(ask(7));
  stream.fall("unplugged");
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].outcome, Outcome::kBusDown);
  EXPECT_EQ(stream.written().size(), 1U);
}

TEST_F(RtuMasterTest, OpensALineThatFellAgainWithBackOffAndSaysEachReasonOnce) {
  open_line();
  stream.fall("unplugged");
  stream.refusal = "no such device";
  loop.advance(1s);
  EXPECT_EQ(stream.opens(), 2U);
  loop.advance(4s);
  EXPECT_EQ(stream.opens(), 6U);
  stream.refusal.clear();
  loop.advance(2s);
  EXPECT_TRUE(master->ready());
  ASSERT_EQ(states.size(), 4U);
  EXPECT_EQ(states[1].detail, "unplugged; next try in 1 s");
  EXPECT_EQ(states[2].detail, "no such device; next try in 1 s");
  EXPECT_TRUE(states[3].up);
  EXPECT_EQ(counters().connects, 2U);
}

TEST_F(RtuMasterTest, CallsNobodyBackOnceItIsDestroyed) {
  open_line();
  read(ask(7));
  stream.arrive_after(50ms, answer_of(7, 1));
  master.reset();
  EXPECT_FALSE(stream.is_open());
  loop.advance(10s);
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace submeter::modbus
