// SPDX-License-Identifier: Apache-2.0
// Read requests and their answers as protocol data units. Modbus application protocol V1.1b3, 6.3 and 6.4.
//
//   request   function (3 or 4) · address (2, big endian) · count (2)
//   answer    function · byte count (1) · registers (2 each)
//   exception function | 0x80 · code (1)
//
// No function code that writes exists here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "submeter/ids.h"

namespace submeter::modbus {

enum class Function : std::uint8_t { kReadHoldingRegisters = 3, kReadInputRegisters = 4 };

/// Most registers one answer can carry.
inline constexpr std::uint16_t kMaxRegisters = 125;

struct ReadRequest {
  UnitId unit;
  Function function = Function::kReadInputRegisters;
  RegisterAddress address;
  std::uint16_t count = 1;  ///< 1–125
  bool operator==(const ReadRequest&) const = default;
};

/// Set in an answer's function when the meter answers no.
inline constexpr std::uint8_t kExceptionBit = 0x80;

constexpr std::uint8_t high_byte(std::uint16_t word) {
  return static_cast<std::uint8_t>(word >> 8);
}
constexpr std::uint8_t low_byte(std::uint16_t word) {
  return static_cast<std::uint8_t>(word & 0xFF);
}

/// What an answer's PDU turned out to be, held against the request it is meant to answer.
enum class Verdict : std::uint8_t {
  kRegisters,
  kException,
  kWrongFunction,
  kWrongByteCount,
};

struct ParsedAnswer {
  Verdict verdict = Verdict::kWrongFunction;
  std::uint8_t exception_code = 0;
  std::vector<std::uint16_t> registers;
};

std::array<std::uint8_t, 5> encode_pdu(const ReadRequest& request);
/// `pdu`: any bytes from the wire.
ParsedAnswer parse_answer(const ReadRequest& request, std::span<const std::uint8_t> pdu);

/// "0x02 illegal data address": number and name, as the standard has them.
std::string exception_name(std::uint8_t code);
/// The name and what to look at: "0x02 illegal data address: this meter has no such register: is the map for
/// another model?".
std::string explain_exception(std::uint8_t code);

}  // namespace submeter::modbus
