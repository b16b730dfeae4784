// SPDX-License-Identifier: Apache-2.0
#include "store/held_block.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/crc32c.h"

namespace submeter::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<HeldEntry> some_entries() {
  return {{.number = {41}, .text = "{\"boot\":\"b\"}"},
          {.number = {42}, .text = ""},
          {.number = {43}, .text = std::string("\0\xff\"", 3)},
          {.number = {44}, .text = std::string(300, 'x')}};
}

/// Puts the right checksum over bytes that were changed.
Bytes resealed(Bytes bytes) {
  const std::uint32_t crc = crc32c(std::span(bytes).subspan(8));
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  return bytes;
}

TEST(HeldBlock, ReadsBackWhatWasWritten) {
  const Result<std::vector<HeldEntry>> read = decode_held_block(encode_held_block(some_entries()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, some_entries());
}

// The checksum by Python: crc32c of the bytes behind it, computed bit by bit.
TEST(HeldBlock, IsLaidOutAsItsHeaderSays) {
  const std::vector<HeldEntry> two{{.number = {0x0102}, .text = "ab"}, {.number = {0x0103}, .text = "c"}};
  const Bytes expected{'S', 'M', 'H', '1', 0xC0, 0x9E, 0xB7, 0x21, 2,   1,   0, 0, 0, 0, 0,  0,
                       2,   0,   0,   0,   2,    0,    0,    0,    'a', 'b', 1, 0, 0, 0, 'c'};
  EXPECT_EQ(encode_held_block(two), expected);
}

TEST(HeldBlock, IsRefusedWhenTruncatedAtAnyLength) {
  const Bytes whole = encode_held_block(some_entries());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_held_block(std::span(whole).first(length)).ok()) << length;
    if (length < 8) continue;
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(decode_held_block(resealed(cut)).ok()) << length;
  }
}

TEST(HeldBlock, IsRefusedWhenAnyBitIsFlipped) {
  const Bytes whole = encode_held_block(some_entries());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(decode_held_block(flipped).ok()) << bit;
  }
}

TEST(HeldBlock, IsRefusedWithBytesBehindIt) {
  Bytes longer = encode_held_block(some_entries());
  longer.push_back(0);
  EXPECT_FALSE(decode_held_block(resealed(longer)).ok());
}

TEST(HeldBlock, NeverTrustsALengthThatTheChecksumCovers) {
  const Bytes whole = encode_held_block(some_entries());
  for (std::size_t i = 8; i < whole.size(); ++i) {
    for (const unsigned value : {0x00U, 0x7FU, 0xFFU}) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto read = decode_held_block(resealed(changed));
      EXPECT_TRUE(!read.ok() || !read->empty()) << i;
    }
  }
}

TEST(HeldBlock, HoldsAtLeastOneEntry) {
  Bytes none = encode_held_block(some_entries());
  none.resize(20);
  none[16] = 0;
  EXPECT_FALSE(decode_held_block(resealed(none)).ok());
}

}  // namespace
}  // namespace submeter::store
