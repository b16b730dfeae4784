// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string_view>

#include "modbus/frame.h"

namespace submeter::modbus {
namespace {

using Bytes = std::vector<std::uint8_t>;

// CRCs by an independent implementation, in Python.
const Bytes kAnswer{0x07, 0x04, 0x04, 0x41, 0x2C, 0x00, 0x00, 0x48, 0x71};
const Bytes kOtherAnswer{0x07, 0x04, 0x02, 0x00, 0x0A, 0xB1, 0x37};
const Bytes kException{0x07, 0x84, 0x02, 0x22, 0xC0};
// Of unit 5; its registers look like the begin of an answer of unit 7.
const Bytes kForeign{0x05, 0x04, 0x08, 0x07, 0x04, 0x04, 0x41, 0x2C, 0x00, 0x00, 0x01, 0xC1, 0xC0};

Bytes operator+(const Bytes& a, const Bytes& b) {
  Bytes sum = a;
  sum.insert(sum.end(), b.begin(), b.end());
  return sum;
}

Bytes pdu_of(const Bytes& frame) {
  return {frame.begin() + 1, frame.end() - 2};
}

class RtuAssemblerTest : public ::testing::Test {
 protected:
  RtuAssemblerTest() {
    assembler.expect({UnitId{7}, Function::kReadInputRegisters, RegisterAddress{0x34}, 2});
  }

  Assembly feed(const Bytes& bytes) {
    assembler.feed(bytes);
    return assembler.next(frame);
  }
  void expect_frame(const Bytes& expected) {
    EXPECT_EQ(frame.unit, UnitId{expected[0]});
    EXPECT_EQ(frame.pdu, pdu_of(expected));
  }

  RtuAssembler assembler;
  Frame frame;
};

TEST(Crc16, AgreesWithTheCatalogueAndTheSpecification) {
  constexpr std::string_view kCheck = "123456789";
  EXPECT_EQ(crc16(Bytes(kCheck.begin(), kCheck.end())),
            0x4B37);                            // CRC-16/MODBUS, catalogue of parametrised CRCs
  EXPECT_EQ(crc16(Bytes{0x02, 0x07}), 0x1241);  // serial line spec V1.02, appendix B
}

TEST(EncodeRtu, PutsTheLowByteOfTheCrcFirst) {
  const ReadRequest request{UnitId{0x11}, Function::kReadHoldingRegisters, RegisterAddress{0x6B}, 3};
  EXPECT_EQ(encode_rtu(request), (Bytes{0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87}));
}

TEST_F(RtuAssemblerTest, TakesAWholeAnswer) {
  ASSERT_EQ(feed(kAnswer), Assembly::kFrame);
  expect_frame(kAnswer);
  EXPECT_EQ(assembler.pending(), 0U);
  EXPECT_EQ(assembler.next(frame), Assembly::kNeedMore);
}

TEST_F(RtuAssemblerTest, TakesAnException) {
  ASSERT_EQ(feed(kException), Assembly::kFrame);
  expect_frame(kException);
}

TEST_F(RtuAssemblerTest, TakesAnAnswerByteByByte) {
  for (std::size_t i = 0; i + 1 < kAnswer.size(); ++i) {
    ASSERT_EQ(feed({kAnswer[i]}), Assembly::kNeedMore) << i;
    EXPECT_GT(assembler.missing(), 0U) << i;
  }
  ASSERT_EQ(feed({kAnswer.back()}), Assembly::kFrame);
  expect_frame(kAnswer);
  EXPECT_EQ(assembler.missing(), 0U);
}

TEST_F(RtuAssemblerTest, TakesTwoAtOnce) {
  ASSERT_EQ(feed(kAnswer + kOtherAnswer), Assembly::kFrame);
  expect_frame(kAnswer);
  ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
  expect_frame(kOtherAnswer);
}

TEST_F(RtuAssemblerTest, NeedsMoreOfAnAnswerCutOffAnywhere) {
  for (std::size_t size = 0; size < kAnswer.size(); ++size) {
    assembler.reset();
    EXPECT_EQ(feed({kAnswer.begin(), kAnswer.begin() + static_cast<std::ptrdiff_t>(size)}),
              Assembly::kNeedMore)
        << size;
  }
}

TEST_F(RtuAssemblerTest, KnowsHowMuchIsMissing) {
  EXPECT_EQ(feed({0x07, 0x04, 0x04}), Assembly::kNeedMore);
  EXPECT_EQ(assembler.missing(), 6U);
}

TEST_F(RtuAssemblerTest, TakesNoAnswerWithOneBitFlipped) {
  for (std::size_t bit = 0; bit < kAnswer.size() * 8; ++bit) {
    Bytes damaged = kAnswer;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << bit % 8));
    assembler.reset();
    EXPECT_NE(feed(damaged), Assembly::kFrame) << bit;
  }
}

TEST_F(RtuAssemblerTest, TakesNoAnswerWithOneByteInverted) {
  for (std::size_t i = 0; i < kAnswer.size(); ++i) {
    Bytes damaged = kAnswer;
    damaged[i] = static_cast<std::uint8_t>(~damaged[i]);
    assembler.reset();
    EXPECT_NE(feed(damaged), Assembly::kFrame) << i;
  }
}

TEST_F(RtuAssemblerTest, TellsADamagedAnswerAndGoesOnBehindIt) {
  Bytes damaged = kAnswer;
  damaged[4] ^= 1;
  ASSERT_EQ(feed(damaged + kOtherAnswer), Assembly::kBadCrc);
  ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
  expect_frame(kOtherAnswer);
}

TEST_F(RtuAssemblerTest, IgnoresNoiseBeforeAFrame) {
  for (const Bytes& noise : {Bytes{0x00}, Bytes{0xFF}, Bytes{0x07}, Bytes{0x07, 0x04},
                             Bytes{0x00, 0xFF, 0x13, 0x99}, Bytes{0x07, 0x04, 0x05}, Bytes(300, 0xFF)}) {
    assembler.reset();
    const Bytes line = noise + kAnswer;
    Assembly last = Assembly::kNeedMore;
    for (const std::uint8_t byte : line) last = feed({byte});
    EXPECT_EQ(last, Assembly::kFrame) << noise.size();
    expect_frame(kAnswer);
  }
}

TEST_F(RtuAssemblerTest, PrefersADamagedAnswerToGuessingWhenNoiseLooksLikeItsBegin) {
  EXPECT_EQ(feed(Bytes{0x07, 0x84} + kAnswer), Assembly::kBadCrc);
}

TEST_F(RtuAssemblerTest, HandsOutWholeAnswersOfOtherUnits) {
  Assembly last = Assembly::kNeedMore;
  for (const std::uint8_t byte : kForeign) {
    ASSERT_EQ(last, Assembly::kNeedMore);
    last = feed({byte});
  }
  ASSERT_EQ(last, Assembly::kFrame);
  expect_frame(kForeign);
}

TEST_F(RtuAssemblerTest, IsNotHeldUpByTheBeginOfAForeignAnswer) {
  ASSERT_EQ(feed(Bytes{0x05, 0x04, 0xFA, 0x01} + kAnswer), Assembly::kFrame);
  expect_frame(kAnswer);
}

TEST_F(RtuAssemblerTest, DoesNotLookForFramesInsideAnAnswerUnderWay) {
  // The registers of this answer are a whole answer of unit 7 with a CRC that fits.
  Bytes outer{0x07, 0x04, static_cast<std::uint8_t>(kException.size() + 1)};
  outer = outer + kException + Bytes{0x00};
  EXPECT_EQ(feed(outer), Assembly::kNeedMore);
  EXPECT_EQ(assembler.missing(), 2U);
}

TEST_F(RtuAssemblerTest, RefusesByteCountsNoAnswerHas) {
  for (const int byte_count : {0, 1, 5, 251, 252, 255}) {
    assembler.reset();
    EXPECT_EQ(feed({0x07, 0x04, static_cast<std::uint8_t>(byte_count)}), Assembly::kNeedMore);
    EXPECT_EQ(assembler.missing(), 0U) << byte_count;
  }
}

TEST_F(RtuAssemblerTest, KeepsNoMoreThanOneFrameOfNoise) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(feed(Bytes(100, 0xFF)), Assembly::kNeedMore);
  EXPECT_LE(assembler.pending(), kMaxRtuFrame);
}

}  // namespace
}  // namespace submeter::modbus
