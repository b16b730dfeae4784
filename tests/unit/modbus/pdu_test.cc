// SPDX-License-Identifier: Apache-2.0
#include "modbus/pdu.h"

#include <gtest/gtest.h>

namespace submeter::modbus {
namespace {

using Bytes = std::vector<std::uint8_t>;

ReadRequest read(Function function, std::uint16_t address, std::uint16_t count) {
  return {UnitId{1}, function, RegisterAddress{address}, count};
}

// The examples of the Modbus application protocol V1.1b3, 6.3 and 6.4.
const ReadRequest kHoldingExample = read(Function::kReadHoldingRegisters, 0x006B, 3);
const Bytes kHoldingAnswer{0x03, 0x06, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64};

TEST(Pdu, EncodesTheExamplesOfTheStandard) {
  EXPECT_EQ(encode_pdu(kHoldingExample), (std::array<std::uint8_t, 5>{0x03, 0x00, 0x6B, 0x00, 0x03}));
  EXPECT_EQ(encode_pdu(read(Function::kReadInputRegisters, 0x0008, 1)),
            (std::array<std::uint8_t, 5>{0x04, 0x00, 0x08, 0x00, 0x01}));
}

TEST(Pdu, ParsesTheExamplesOfTheStandard) {
  const ParsedAnswer answer = parse_answer(kHoldingExample, kHoldingAnswer);
  EXPECT_EQ(answer.verdict, Verdict::kRegisters);
  EXPECT_EQ(answer.registers, (std::vector<std::uint16_t>{0x022B, 0x0000, 0x0064}));
  const Bytes exception{0x83, 0x02};
  EXPECT_EQ(parse_answer(kHoldingExample, exception).verdict, Verdict::kException);
  EXPECT_EQ(parse_answer(kHoldingExample, exception).exception_code, 2);
}

TEST(Pdu, TakesNoRegistersFromAnAnswerCutOffAnywhere) {
  for (std::size_t size = 0; size < kHoldingAnswer.size(); ++size) {
    const auto answer = parse_answer(kHoldingExample, std::span(kHoldingAnswer).first(size));
    EXPECT_NE(answer.verdict, Verdict::kRegisters) << size;
    EXPECT_TRUE(answer.registers.empty()) << size;
  }
}

TEST(Pdu, TakesNoRegistersFromAnAnswerThatIsTooLong) {
  Bytes answer = kHoldingAnswer;
  answer.push_back(0);
  EXPECT_EQ(parse_answer(kHoldingExample, answer).verdict, Verdict::kWrongByteCount);
}

TEST(Pdu, RefusesAnotherFunctionAndAnotherByteCount) {
  Bytes answer = kHoldingAnswer;
  answer[0] = 0x04;
  EXPECT_EQ(parse_answer(kHoldingExample, answer).verdict, Verdict::kWrongFunction);
  EXPECT_EQ(parse_answer(kHoldingExample, Bytes{0x84, 0x02}).verdict, Verdict::kWrongFunction);
  EXPECT_EQ(parse_answer(kHoldingExample, Bytes{0x83}).verdict, Verdict::kWrongFunction);
  answer = kHoldingAnswer;
  answer[1] = 0x04;
  EXPECT_EQ(parse_answer(kHoldingExample, answer).verdict, Verdict::kWrongByteCount);
  EXPECT_EQ(parse_answer(kHoldingExample, Bytes{0x03, 0x02, 0, 1}).verdict, Verdict::kWrongByteCount);
}

TEST(Pdu, CarriesAsManyRegistersAsTheStandardAllows) {
  Bytes answer{0x04, 250};
  answer.resize(252, 0x5A);
  const auto parsed = parse_answer(read(Function::kReadInputRegisters, 0, kMaxRegisters), answer);
  EXPECT_EQ(parsed.verdict, Verdict::kRegisters);
  EXPECT_EQ(parsed.registers, std::vector<std::uint16_t>(125, 0x5A5A));
}

TEST(Pdu, NamesExceptionsByNumberAndSaysWhatToLookAt) {
  EXPECT_EQ(exception_name(0x02), "0x02 illegal data address");
  EXPECT_EQ(exception_name(0x0B), "0x0B gateway target failed to respond");
  EXPECT_EQ(explain_exception(0x02),
            "0x02 illegal data address: this meter has no such register: is the map for another model?");
  EXPECT_EQ(exception_name(0x42), "0x42 unknown exception");
}

}  // namespace
}  // namespace submeter::modbus
