// SPDX-License-Identifier: Apache-2.0
// Frames here, CRCs included, were made by hand from the Modbus specifications, not with our own code.
#include "simulate/spoiled_answer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

// 12481.0 as a float32 in unit 7's input registers.
const Bytes kRtu = {0x07, 0x04, 0x04, 0x46, 0x43, 0x04, 0x00, 0x7B, 0xD8};
const Bytes kTcp = {0xAB, 0xCD, 0, 0, 0, 7, 7, 4, 4, 0x46, 0x43, 0x04, 0x00};

class SpoiledAnswer : public testing::Test {
 protected:
  std::vector<Answer> spoiled(Fault fault, std::uint64_t random = 0) {
    Fate fate;
    fate.faults.set(static_cast<std::size_t>(fault));
    fate.random = random;
    return spoil({UnitId{7}, kRtu, 20ms}, fate, 600ms, rtu_);
  }
  std::vector<Answer> spoiled_tcp(Fault fault, std::uint64_t random = 0) {
    Fate fate;
    fate.faults.set(static_cast<std::size_t>(fault));
    fate.random = random;
    return spoil({UnitId{7}, kTcp, 5ms}, fate, 600ms, tcp_);
  }
  // The one frame that is left; none else.
  Bytes frame(const std::vector<Answer>& answers) {
    EXPECT_EQ(answers.size(), 1U);
    return answers.front().adu;
  }

  ModbusServer rtu_{Framing::kRtu};
  ModbusServer tcp_{Framing::kTcp};
};

TEST_F(SpoiledAnswer, IsWholeWhereNothingHappens) {
  const auto answers = spoil({UnitId{7}, kRtu, 20ms}, {}, 600ms, rtu_);
  EXPECT_EQ(frame(answers), kRtu);
  EXPECT_EQ(answers[0].turnaround, 20ms);
}

TEST_F(SpoiledAnswer, IsOpenedAndSealedUnchanged) {
  EXPECT_EQ(rtu_.seal(rtu_.open(kRtu)), kRtu);
  EXPECT_EQ(tcp_.seal(tcp_.open(kTcp)), kTcp);
}

TEST_F(SpoiledAnswer, ComesLate) {
  EXPECT_EQ(spoiled(Fault::kLate)[0].turnaround, 620ms);
}

TEST_F(SpoiledAnswer, BreaksOff) {
  EXPECT_EQ(frame(spoiled(Fault::kTruncated)), Bytes(kRtu.begin(), kRtu.begin() + 4));
}

TEST_F(SpoiledAnswer, HasMoreBytesBeforeOrAfter) {
  for (std::uint64_t random = 0; random < 50; ++random) {
    const Bytes after = frame(spoiled(Fault::kOversized, random));
    ASSERT_GT(after.size(), kRtu.size());
    EXPECT_TRUE(std::equal(kRtu.begin(), kRtu.end(), after.begin()));
    const Bytes before = frame(spoiled(Fault::kNoise, random));
    ASSERT_GT(before.size(), kRtu.size());
    EXPECT_TRUE(std::equal(kRtu.rbegin(), kRtu.rend(), before.rbegin()));
  }
}

TEST_F(SpoiledAnswer, PausesAnywhereInItsHead) {
  for (std::uint64_t random = 0; random < 8; ++random) {
    const auto answers = spoiled(Fault::kPaused, random);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[1].turnaround, 60ms);
    Bytes whole = answers[0].adu;
    EXPECT_EQ(whole.size(), random + 1);
    whole.insert(whole.end(), answers[1].adu.begin(), answers[1].adu.end());
    EXPECT_EQ(whole, kRtu);
  }
}

TEST_F(SpoiledAnswer, ComesTwice) {
  const auto answers = spoiled(Fault::kDuplicated);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].adu, kRtu);
  EXPECT_EQ(answers[1].adu, kRtu);
}

TEST_F(SpoiledAnswer, ComesAfterThatOfAnotherUnit) {
  const auto answers = spoiled(Fault::kForeign, 1);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].adu, (Bytes{0x09, 0x04, 0x04, 0x46, 0x43, 0x04, 0x00, 0x94, 0x18}));
  EXPECT_EQ(answers[1].adu, kRtu);
}

TEST_F(SpoiledAnswer, SaysTheWrongUnitFunctionOrCountInASoundFrame) {
  EXPECT_EQ(frame(spoiled(Fault::kWrongUnit, 1)),
            (Bytes{0x09, 0x04, 0x04, 0x46, 0x43, 0x04, 0x00, 0x94, 0x18}));
  EXPECT_EQ(frame(spoiled(Fault::kWrongFunction)),
            (Bytes{0x07, 0x03, 0x04, 0x46, 0x43, 0x04, 0x00, 0x7A, 0x6F}));
  EXPECT_EQ(frame(spoiled(Fault::kWrongCount)), (Bytes{0x07, 0x04, 0x02, 0x46, 0x43, 0x42, 0xA1}));
}

TEST_F(SpoiledAnswer, AnswersATransactionThatNeverWas) {
  EXPECT_EQ(frame(spoiled_tcp(Fault::kWrongTransaction)),
            (Bytes{0x2B, 0xCD, 0, 0, 0, 7, 7, 4, 4, 0x46, 0x43, 0x04, 0x00}));
}

TEST_F(SpoiledAnswer, HasARightLengthOnTcpWhateverItsCount) {
  EXPECT_EQ(frame(spoiled_tcp(Fault::kWrongCount)), (Bytes{0xAB, 0xCD, 0, 0, 0, 5, 7, 4, 2, 0x46, 0x43}));
}

}  // namespace
}  // namespace submeter::simulate
