// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "modbus/frame.h"

namespace submeter::modbus {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The example of the Modbus messaging on TCP/IP guide V1.0b, 4.2: transaction 0x1501, unit 0xFF.
const Bytes kAnswer{0x15, 0x01, 0x00, 0x00, 0x00, 0x05, 0xFF, 0x03, 0x02, 0x00, 0x05};
const Bytes kException{0x15, 0x02, 0x00, 0x00, 0x00, 0x03, 0xFF, 0x83, 0x0B};

class MbapAssemblerTest : public ::testing::Test {
 protected:
  Assembly feed(const Bytes& bytes) {
    assembler.feed(bytes);
    return assembler.next(frame);
  }
  void expect_answer() {
    EXPECT_EQ(frame.transaction, 0x1501);
    EXPECT_EQ(frame.unit, UnitId{0xFF});
    EXPECT_EQ(frame.pdu, (Bytes{0x03, 0x02, 0x00, 0x05}));
  }

  MbapAssembler assembler;
  Frame frame;
};

TEST(EncodeMbap, AgreesWithTheExampleOfTheGuide) {
  const ReadRequest request{UnitId{0xFF}, Function::kReadHoldingRegisters, RegisterAddress{4}, 1};
  EXPECT_EQ(encode_mbap(request, 0x1501),
            (Bytes{0x15, 0x01, 0x00, 0x00, 0x00, 0x06, 0xFF, 0x03, 0x00, 0x04, 0x00, 0x01}));
}

TEST_F(MbapAssemblerTest, TakesAWholeAnswer) {
  ASSERT_EQ(feed(kAnswer), Assembly::kFrame);
  expect_answer();
  EXPECT_EQ(assembler.next(frame), Assembly::kNeedMore);
}

TEST_F(MbapAssemblerTest, TakesAnAnswerByteByByte) {
  for (std::size_t i = 0; i + 1 < kAnswer.size(); ++i)
    ASSERT_EQ(feed({kAnswer[i]}), Assembly::kNeedMore) << i;
  ASSERT_EQ(feed({kAnswer.back()}), Assembly::kFrame);
  expect_answer();
}

TEST_F(MbapAssemblerTest, TakesTwoAtOnce) {
  Bytes both = kAnswer;
  both.insert(both.end(), kException.begin(), kException.end());
  ASSERT_EQ(feed(both), Assembly::kFrame);
  expect_answer();
  ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
  EXPECT_EQ(frame.transaction, 0x1502);
  EXPECT_EQ(frame.pdu, (Bytes{0x83, 0x0B}));
}

TEST_F(MbapAssemblerTest, NeedsMoreOfAnAnswerCutOffAnywhere) {
  for (std::size_t size = 0; size < kAnswer.size(); ++size) {
    assembler.reset();
    EXPECT_EQ(feed({kAnswer.begin(), kAnswer.begin() + static_cast<std::ptrdiff_t>(size)}),
              Assembly::kNeedMore)
        << size;
  }
}

TEST_F(MbapAssemblerTest, MakesNoOtherFrameOfOneWhoseHeaderIsDamaged) {
  // Bytes 2 and 3: protocol. 4: length, then over the limit. 5: length, then waiting for more or cut short.
  for (const std::size_t i : {2U, 3U, 4U}) {
    Bytes damaged = kAnswer;
    damaged[i] = static_cast<std::uint8_t>(~damaged[i]);
    assembler.reset();
    EXPECT_EQ(feed(damaged), Assembly::kBadProtocol) << i;
  }
  Bytes longer = kAnswer;
  longer[5] = static_cast<std::uint8_t>(~longer[5]);
  assembler.reset();
  EXPECT_EQ(feed(longer), Assembly::kNeedMore);
}

TEST_F(MbapAssemblerTest, TakesLengthsUpToTheLimitAndNoOthers) {
  for (const auto& [length, expected] : {std::pair{0, Assembly::kBadProtocol},
                                         {1, Assembly::kBadProtocol},
                                         {2, Assembly::kFrame},
                                         {253, Assembly::kFrame},
                                         {254, Assembly::kFrame},
                                         {255, Assembly::kBadProtocol}}) {
    Bytes bytes{0, 1, 0, 0, 0, static_cast<std::uint8_t>(length)};
    bytes.resize(6 + std::max<std::size_t>(static_cast<std::size_t>(length), 1), 0x03);
    assembler.reset();
    EXPECT_EQ(feed(bytes), expected) << length;
  }
}

}  // namespace
}  // namespace submeter::modbus
