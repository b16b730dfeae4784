// SPDX-License-Identifier: Apache-2.0
#include "modbus/pdu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace submeter::modbus {
namespace {

struct ExceptionText {
  std::uint8_t code;
  const char* name;
  const char* advice;
};

// Modbus application protocol V1.1b3, section 7.
constexpr std::array<ExceptionText, 10> kExceptions{{
    {0x01, "illegal function", "the meter does not know this kind of register: check `function` in the map"},
    {0x02, "illegal data address", "this meter has no such register: is the map for another model?"},
    {0x03, "illegal data value", "the meter takes fewer registers in one request: check `limits` in the map"},
    {0x04, "device failure", "the meter reports a fault of its own: look at its display"},
    {0x05, "acknowledge", "the meter needs longer for this request than it may: raise response_timeout"},
    {0x06, "device busy", "the meter is busy with another request: does a second master ask it?"},
    {0x07, "negative acknowledge", "the meter cannot do this: check the map against its document"},
    {0x08, "memory parity error", "the meter found its own memory damaged: look at its display"},
    {0x0A, "gateway path unavailable",
     "the gateway has no line for this unit: check its routing and serial port"},
    {0x0B, "gateway target failed to respond",
     "the gateway works, the meter behind it is silent: check its power, wiring and unit address"},
}};

const ExceptionText* find_exception(std::uint8_t code) {
  const auto* found = std::find_if(kExceptions.begin(), kExceptions.end(),
                                   [code](const ExceptionText& text) { return text.code == code; });
  return found == kExceptions.end() ? nullptr : found;
}

}  // namespace

std::array<std::uint8_t, 5> encode_pdu(const ReadRequest& request) {
  return {static_cast<std::uint8_t>(request.function), high_byte(request.address.value),
          low_byte(request.address.value), high_byte(request.count), low_byte(request.count)};
}

ParsedAnswer parse_answer(const ReadRequest& request, std::span<const std::uint8_t> pdu) {
  ParsedAnswer answer;
  const auto function = static_cast<std::uint8_t>(request.function);
  if (pdu.size() == 2 && pdu[0] == (function | kExceptionBit)) {
    answer.verdict = Verdict::kException;
    answer.exception_code = pdu[1];
    return answer;
  }
  if (pdu.empty() || pdu[0] != function) return answer;
  const std::size_t byte_count = std::size_t{2} * request.count;
  if (pdu.size() != 2 + byte_count || pdu[1] != byte_count) {
    answer.verdict = Verdict::kWrongByteCount;
    return answer;
  }
  answer.verdict = Verdict::kRegisters;
  answer.registers.reserve(request.count);
  for (std::size_t i = 2; i < pdu.size(); i += 2) {
    answer.registers.push_back(static_cast<std::uint16_t>(pdu[i] << 8 | pdu[i + 1]));
  }
  return answer;
}

std::string exception_name(std::uint8_t code) {
  const ExceptionText* text = find_exception(code);
  return fmt::format("0x{:02X} {}", code, text != nullptr ? text->name : "unknown exception");
}

std::string explain_exception(std::uint8_t code) {
  const ExceptionText* text = find_exception(code);
  return fmt::format("{}: {}", exception_name(code),
                     text != nullptr ? text->advice : "not in the standard: look into the meter's document");
}

}  // namespace submeter::modbus
