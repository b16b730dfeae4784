// SPDX-License-Identifier: Apache-2.0
#include "store/crc32c.h"

#include <array>

namespace submeter::store {
namespace {

constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;

constexpr std::size_t kStride = 8;

using Table = std::array<std::uint32_t, 256>;

/// Table n holds what each value of a byte does to the sum when n more bytes have followed.
constexpr std::array<Table, kStride> make_tables() {
  std::array<Table, kStride> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kReversedPolynomial : 0);
    tables[0][byte] = rest;
  }
  for (std::size_t n = 1; n < kStride; ++n) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr auto kTables = make_tables();

}  // namespace

// Eight bytes at a time: their contributions do not wait for each other.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (; bytes.size() >= kStride; bytes = bytes.subspan(kStride)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kStride; ++i) {
      const std::uint32_t carried = i < sizeof crc ? crc >> (8 * i) : 0;
      next ^= kTables[kStride - 1 - i][(bytes[i] ^ carried) & 0xFF];
    }
    crc = next;
  }
  for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xFF];
  return ~crc;
}

}  // namespace submeter::store
