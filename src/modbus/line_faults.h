// SPDX-License-Identifier: Apache-2.0
// What can be wrong with what comes over a line, told apart and counted, on the bus and for each unit. None
// of it ever becomes a value. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace submeter::modbus {

enum class LineFault : std::uint8_t {
  kLate,            ///< An answer after its time-out.
  kDuplicate,       ///< A second answer to one question.
  kForeign,         ///< From a unit that was not asked; on TCP, to a transaction that was not begun.
  kEcho,            ///< RTU: the line hands our own request back.
  kNoise,           ///< RTU: bytes that are no part of an answer.
  kCrc,             ///< RTU: a whole answer, damaged.
  kTruncated,       ///< An answer that began and broke off.
  kWrongFunction,   ///< An answer to another function than asked.
  kWrongByteCount,  ///< More or fewer registers than asked for.
  kWrongUnit,       ///< TCP: the right transaction, another unit.
  kNotModbus,       ///< TCP: bytes that cannot be a Modbus TCP header.
};
inline constexpr std::size_t kLineFaults = 11;

/// "wrong_byte_count": as the status names it.
std::string_view fault_name(LineFault fault);

class FaultCounts {
 public:
  void add(LineFault fault) { ++counts_[static_cast<std::size_t>(fault)]; }
  std::uint64_t operator[](LineFault fault) const { return counts_[static_cast<std::size_t>(fault)]; }

 private:
  std::array<std::uint64_t, kLineFaults> counts_{};
};

}  // namespace submeter::modbus
