// SPDX-License-Identifier: Apache-2.0
#include "store/block.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "store/crc32c.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<Record> some_records() {
  std::vector<Record> records;
  for (std::uint64_t seq = 41; seq < 46; ++seq) records.push_back(make_record(Sequence{seq}, 60));
  records[1].kind = RecordKind::kEvent;
  records[1].circuit.clear();
  records[2].kind = RecordKind::kInterval;
  records[2].time = UtcTime{std::chrono::milliseconds{-1}};
  records[3].json = std::string("\0\xff\"", 3);
  records[4].json.clear();
  return records;
}

/// Puts the right checksum over bytes that were changed.
Bytes resealed(Bytes bytes) {
  const std::uint32_t crc = crc32c(std::span(bytes).subspan(8));
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  return bytes;
}

TEST(Block, ReadsBackWhatWasWritten) {
  const Result<std::vector<Record>> read = decode_block(encode_block(some_records()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, some_records());
}

TEST(Block, IsLaidOutAsItsHeaderSays) {
  const std::vector<Record> one{{.seq = Sequence{0x0102},
                                 .kind = RecordKind::kEvent,
                                 .circuit = "ab",
                                 .time = UtcTime{std::chrono::milliseconds{0x0304}},
                                 .json = "{}"}};
  const Bytes expected = resealed({'S', 'M', 'B', '1', 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0,   1,   0,   0,
                                   0,   3,   2,   2,   0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 'a', 'b', '{', '}'});
  EXPECT_EQ(encode_block(one), expected);
}

TEST(Block, IsRefusedWhenTruncatedAtAnyLength) {
  const Bytes whole = encode_block(some_records());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_block(std::span(whole).first(length)).ok()) << length;
    if (length < 20) continue;
    EXPECT_FALSE(
        decode_block(resealed({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)})).ok())
        << length;
  }
}

TEST(Block, IsRefusedWhenAnyBitIsFlipped) {
  const Bytes whole = encode_block(some_records());
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(decode_block(flipped).ok()) << bit;
  }
}

TEST(Block, IsRefusedWithBytesBehindIt) {
  Bytes longer = encode_block(some_records());
  longer.push_back(0);
  EXPECT_FALSE(decode_block(resealed(longer)).ok());
}

TEST(Block, NeverTrustsALengthThatTheChecksumCovers) {
  const Bytes whole = encode_block(some_records());
  for (std::size_t i = 8; i < whole.size(); ++i) {
    for (const unsigned value : {0x00U, 0x7FU, 0xFFU}) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto read = decode_block(resealed(changed));
      EXPECT_TRUE(!read.ok() || !read->empty()) << i;
    }
  }
}

TEST(Block, HoldsAtLeastOneRecord) {
  Bytes none = encode_block(some_records());
  none.resize(20);
  none[16] = 0;
  EXPECT_FALSE(decode_block(resealed(none)).ok());
}

TEST(Block, SaysWhatIsWrongWithIt) {
  Bytes bytes = encode_block(some_records());
  bytes.back() ^= 1;
  EXPECT_EQ(decode_block(bytes).error().message, "the block does not match its checksum");
  bytes.front() = 'X';
  EXPECT_EQ(decode_block(bytes).error().message, "the block does not begin as one");
}

}  // namespace
}  // namespace submeter::store
