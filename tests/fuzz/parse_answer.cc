// SPDX-License-Identifier: Apache-2.0
// Input: function (1) · count (1) · a PDU.
#include "modbus/pdu.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

using modbus::Verdict;

void check(const modbus::ReadRequest& request, std::span<const std::uint8_t> pdu) {
  const modbus::ParsedAnswer answer = modbus::parse_answer(request, pdu);
  const auto function = static_cast<std::uint8_t>(request.function);
  SUBMETER_CHECK((answer.verdict == Verdict::kRegisters) == !answer.registers.empty());
  switch (answer.verdict) {
    case Verdict::kRegisters: {
      SUBMETER_CHECK(answer.registers.size() == request.count);
      SUBMETER_CHECK(pdu.size() == 2 + 2 * answer.registers.size());
      SUBMETER_CHECK(pdu[0] == function && pdu[1] == 2 * request.count);
      for (std::size_t i = 0; i < answer.registers.size(); ++i) {
        SUBMETER_CHECK(answer.registers[i] == (pdu[2 + 2 * i] << 8 | pdu[3 + 2 * i]));
      }
      break;
    }
    case Verdict::kException:
      SUBMETER_CHECK(pdu.size() == 2 && pdu[0] == (function | modbus::kExceptionBit));
      SUBMETER_CHECK(answer.exception_code == pdu[1]);
      SUBMETER_CHECK(!modbus::explain_exception(answer.exception_code).empty());
      break;
    case Verdict::kWrongFunction:
      SUBMETER_CHECK(pdu.empty() || pdu[0] != function);
      break;
    case Verdict::kWrongByteCount:
      SUBMETER_CHECK(pdu[0] == function);
      SUBMETER_CHECK(pdu.size() != 2 + 2 * std::size_t{request.count} || pdu[1] != 2 * request.count);
      break;
  }
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace submeter;
  fuzz::Input input(data, size);
  modbus::ReadRequest request;
  request.function =
      input.byte() % 2 == 0 ? modbus::Function::kReadHoldingRegisters : modbus::Function::kReadInputRegisters;
  request.count = static_cast<std::uint16_t>(1 + input.byte() % modbus::kMaxRegisters);
  fuzz::check(request, input.rest());
  return 0;
}
