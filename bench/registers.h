// SPDX-License-Identifier: Apache-2.0
// What a meter of the bench has in its registers: every unit and address has its own value, so that an answer
// that belongs to another question gives itself away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace submeter::bench {

/// 40503 is odd, so no two addresses of a unit share a value. bench/benchlib.py computes the same.
constexpr std::uint16_t register_value(unsigned unit, unsigned address) {
  return static_cast<std::uint16_t>(address * 40503U + unit * 257U);
}

constexpr std::uint8_t high(unsigned word) {
  return static_cast<std::uint8_t>(word >> 8 & 0xFF);
}
constexpr std::uint8_t low(unsigned word) {
  return static_cast<std::uint8_t>(word & 0xFF);
}
constexpr unsigned word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<unsigned>(bytes[at] << 8 | bytes[at + 1]);
}

/// The answer to a read of `count` registers from `address`: unit, function, byte count and registers.
inline std::vector<std::uint8_t> answer_of(unsigned unit, unsigned function, unsigned address,
                                           unsigned count) {
  std::vector<std::uint8_t> answer{low(unit), low(function), low(count * 2)};
  for (unsigned i = 0; i < count; ++i) {
    const std::uint16_t value = register_value(unit, address + i);
    answer.push_back(high(value));
    answer.push_back(low(value));
  }
  return answer;
}

}  // namespace submeter::bench
