// SPDX-License-Identifier: Apache-2.0
#include "modbus/answer.h"

#include <fmt/format.h>

#include <utility>

namespace submeter::modbus {
namespace {

std::string contradiction(const ReadRequest& request, std::span<const std::uint8_t> pdu, Verdict verdict) {
  if (verdict == Verdict::kWrongByteCount) {
    return fmt::format("unit {} sent {} bytes of registers, asked for {}: check the map's `limits`",
                       request.unit.value, pdu.size() < 2 ? 0 : pdu.size() - 2, 2 * request.count);
  }
  return fmt::format("unit {} answered with function 0x{:02X}, asked with 0x{:02X}", request.unit.value,
                     pdu.empty() ? 0 : pdu[0], static_cast<unsigned>(request.function));
}

}  // namespace

ReadAnswer judge_answer(const ReadRequest& request, std::span<const std::uint8_t> pdu,
                        BusCounters& counters) {
  ParsedAnswer parsed = parse_answer(request, pdu);
  ReadAnswer answer;
  switch (parsed.verdict) {
    case Verdict::kRegisters:
      answer.outcome = Outcome::kRegisters;
      answer.registers = std::move(parsed.registers);
      return answer;
    case Verdict::kException:
      answer = failed_answer(Outcome::kException, explain_exception(parsed.exception_code));
      answer.exception_code = parsed.exception_code;
      return answer;
    case Verdict::kWrongFunction:
    case Verdict::kWrongByteCount:
      break;
  }
  const bool miscounted = parsed.verdict == Verdict::kWrongByteCount;
  counters.count(miscounted ? LineFault::kWrongByteCount : LineFault::kWrongFunction, request.unit);
  return failed_answer(Outcome::kBadAnswer, contradiction(request, pdu, parsed.verdict));
}

ReadAnswer failed_answer(Outcome outcome, std::string reason) {
  ReadAnswer answer;
  answer.outcome = outcome;
  answer.reason = std::move(reason);
  return answer;
}

std::string no_response(UnitId unit, Duration waited, bool known_to_be_late) {
  return fmt::format("no response from unit {} in {} ms{}", unit.value,
                     std::chrono::duration_cast<std::chrono::milliseconds>(waited).count(),
                     known_to_be_late ? ", it has answered later than that: raise response_timeout" : "");
}

}  // namespace submeter::modbus
