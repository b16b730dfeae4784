// SPDX-License-Identifier: Apache-2.0
// A block as it stands in queue.db: packed (store/packed_block.h), or plain (store/block.h) where that is
// smaller or there is no time to pack. Which it is stands in its first bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

enum class Packing : std::uint8_t {
  kWhereQuick,  ///< Larger blocks are plain at first: packing takes longer than writing.
  kAlways,      ///< Where somebody can wait, and room is what counts.
};

/// The largest block that is packed quickly.
constexpr std::size_t kMostPackedAtOnce = 512;

/// `records`: at least one, in order without holes.
std::vector<std::uint8_t> encode_stored_block(std::span<const Record> records, Packing packing);

/// The records, or why the bytes are no block: the sender's bytes or nothing, never something in between.
Result<std::vector<Record>> decode_stored_block(std::span<const std::uint8_t> bytes);

}  // namespace submeter::store
