// SPDX-License-Identifier: Apache-2.0
#include "simulate/rtu_line.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/simulated_loop.h"
#include "tests/support/simulated_meters.h"

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const Bytes kRead7 = {0x07, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x63};
const Bytes kRead8 = {0x08, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x9C};
constexpr std::size_t kAnswerSize = 9;

class RtuLineTest : public testing::Test {
 protected:
  struct Received {
    Duration at;
    Bytes bytes;
  };

  void start(const SerialLine& options, const Faults& of_7 = {}, Echo echo = Echo::kNo) {
    responder_.add(test::small_meter(UnitId{7}), of_7);
    responder_.add(test::small_meter(UnitId{8}), {});
    line_.emplace(
        loop_, options, responder_,
        [this](std::span<const std::uint8_t> bytes) {
          received_.push_back({loop_.now() - start_, Bytes(bytes.begin(), bytes.end())});
        },
        echo);
  }
  Bytes all() const {
    Bytes bytes;
    for (const Received& one : received_) bytes.insert(bytes.end(), one.bytes.begin(), one.bytes.end());
    return bytes;
  }

  test::SimulatedLoop loop_;
  MonoTime start_ = loop_.now();
  Responder responder_{Framing::kRtu, start_};
  std::vector<Received> received_;
  std::optional<RtuLine> line_;
};

// 9600 8E1: eleven bits are 1,145,833 ns. Request 8 characters, meter 20 ms, then one character after
// another.
TEST_F(RtuLineTest, DeliversEachCharacterWhenItsLastBitHasPassed) {
  start({.device = {}, .baud = 9'600, .parity = Parity::kEven, .stop_bits = 1});
  line_->receive(kRead7);
  loop_.advance(1s);
  constexpr Duration kCharacter = 1'145'833ns;
  ASSERT_EQ(received_.size(), kAnswerSize);
  for (std::size_t i = 0; i < received_.size(); ++i) {
    EXPECT_EQ(received_[i].at, 8 * kCharacter + 20ms + static_cast<Duration::rep>(i + 1) * kCharacter) << i;
    EXPECT_EQ(received_[i].bytes.size(), 1U);
  }
}

// 115200 8N1: ten bits are 86,805 ns, so eleven characters fit a millisecond.
TEST_F(RtuLineTest, DeliversCharactersOfAMillisecondTogetherAtHighSpeed) {
  start({.device = {}, .baud = 115'200, .parity = Parity::kNone, .stop_bits = 1});
  line_->receive(kRead7);
  loop_.advance(1s);
  ASSERT_EQ(received_.size(), 1U);
  EXPECT_EQ(received_[0].at, (8 + 9) * Duration{86'805ns} + 20ms);
}

TEST_F(RtuLineTest, EndsAFrameWithThreeAndAHalfCharactersOfSilence) {
  start({.device = {}, .baud = 9'600, .parity = Parity::kEven, .stop_bits = 1}, {.turnaround = Duration{}});
  EXPECT_EQ(line_->frame_gap(), 1'145'833ns * 7 / 2);
  line_->receive(kRead7);
  loop_.advance(1s);
  ASSERT_FALSE(received_.empty());
  // The meter cannot know that the request is over before the silence.
  EXPECT_EQ(received_[0].at, 8 * line_->character_time() + line_->frame_gap() + line_->character_time());
}

TEST_F(RtuLineTest, KeepsAFixedSilenceAboveNineteenTwo) {
  start({.device = {}, .baud = 38'400, .parity = Parity::kEven, .stop_bits = 1});
  EXPECT_EQ(line_->frame_gap(), 1'750us);
}

TEST_F(RtuLineTest, TakesARequestInPiecesThatFollowEachOther) {
  start({});
  for (const std::uint8_t byte : kRead7) {
    line_->receive(std::span(&byte, 1));
    loop_.advance(line_->character_time() * 2);
  }
  loop_.advance(1s);
  EXPECT_EQ(all().size(), kAnswerSize);
}

TEST_F(RtuLineTest, TearsARequestApartWherePiecesAreTooFarApart) {
  start({});
  line_->receive(std::span(kRead7).first(4));
  loop_.advance(4 * line_->character_time() + line_->frame_gap());
  line_->receive(std::span(kRead7).subspan(4));
  loop_.advance(1s);
  EXPECT_TRUE(received_.empty());
}

TEST_F(RtuLineTest, SurvivesEndlessNoise) {
  start({});
  for (int i = 0; i < 100; ++i) line_->receive(Bytes(97, 0xA5));
  loop_.advance(1min);
  line_->receive(kRead7);
  loop_.advance(1s);
  EXPECT_EQ(all().size(), kAnswerSize);
}

TEST_F(RtuLineTest, LetsAMeterThatThinksHearNothing) {
  start({}, {.turnaround = 800ms});
  line_->receive(kRead7);
  loop_.advance(500ms);
  line_->receive(kRead7);
  loop_.advance(5s);
  EXPECT_EQ(all().size(), kAnswerSize);
}

TEST_F(RtuLineTest, SendsALateAnswerAmongThoseOfOthers) {
  start({}, {.turnaround = 800ms});
  line_->receive(kRead7);
  loop_.advance(780ms);
  line_->receive(kRead8);
  loop_.advance(5s);
  const Bytes bytes = all();
  ASSERT_EQ(bytes.size(), 2 * kAnswerSize);
  EXPECT_EQ(bytes[0], 7);
  EXPECT_EQ(bytes[kAnswerSize], 8);
}

TEST_F(RtuLineTest, LetsTheAskerHearItselfOnTwoWires) {
  start({.device = {}, .baud = 9'600, .parity = Parity::kEven, .stop_bits = 1}, {}, Echo::kYes);
  line_->receive(kRead7);
  loop_.advance(8 * line_->character_time());
  EXPECT_EQ(all(), kRead7);
  loop_.advance(1s);
  EXPECT_EQ(all().size(), kRead7.size() + kAnswerSize);
}

TEST_F(RtuLineTest, BreaksAnAnswerInTwoOnRequest) {
  start({.device = {}, .baud = 9'600, .parity = Parity::kEven, .stop_bits = 1},
        {.shares = {{Fault::kPaused, 1.0}}});
  line_->receive(kRead7);
  loop_.advance(1s);
  ASSERT_EQ(received_.size(), kAnswerSize);
  Duration longest{};
  for (std::size_t i = 1; i < received_.size(); ++i) {
    longest = std::max(longest, received_[i].at - received_[i - 1].at);
  }
  EXPECT_GT(longest, 25ms);
}

TEST_F(RtuLineTest, ForgetsEverythingOnReset) {
  start({});
  line_->receive(kRead7);
  loop_.advance(25ms);
  line_->reset();
  loop_.advance(1s);
  EXPECT_TRUE(received_.empty());
}

}  // namespace
}  // namespace submeter::simulate
