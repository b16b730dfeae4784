// SPDX-License-Identifier: Apache-2.0
// A packed block taken apart as store/packed_block.h says, changed, and put together with right checksums and
// lengths: what only a block that was made wrong could hold.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <span>
#include <vector>

#include "store/crc32c.h"

namespace submeter::store {

using Bytes = std::vector<std::uint8_t>;

/// Puts the right checksum over bytes that were changed.
inline Bytes resealed(Bytes bytes) {
  const std::uint32_t crc = crc32c(std::span(bytes).subspan(8));
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  return bytes;
}

struct PackedParts {
  Bytes head;  ///< Up to the length of the description.
  Bytes description;
  Bytes bits;

  static std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) value = value << 8 | bytes[at + i - 1];
    return value;
  }
  /// Of a whole block.
  static PackedParts take_apart(std::span<const std::uint8_t> block) {
    PackedParts parts;
    parts.head.assign(block.begin(), block.begin() + 28);
    parts.description.resize(number_at(block, 28));
    const auto frame = block.subspan(36, number_at(block, 32));
    ZSTD_decompress(parts.description.data(), parts.description.size(), frame.data(), frame.size());
    parts.bits.assign(frame.end(), block.end());
    return parts;
  }
  Bytes put_together() const {
    Bytes frame(ZSTD_compressBound(description.size()));
    frame.resize(ZSTD_compress(frame.data(), frame.size(), description.data(), description.size(), 1));
    Bytes block = head;
    for (const std::size_t length : {description.size(), frame.size()}) {
      for (unsigned shift = 0; shift < 32; shift += 8)
        block.push_back(static_cast<std::uint8_t>(length >> shift));
    }
    block.insert(block.end(), frame.begin(), frame.end());
    block.insert(block.end(), bits.begin(), bits.end());
    return resealed(block);
  }
};

}  // namespace submeter::store
