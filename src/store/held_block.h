// SPDX-License-Identifier: Apache-2.0
// The bytes of one block of held entries: those of a group commit. Pure.
//
// Numbers are little-endian. A header of 20 bytes:
//
//    0  4  "SMH1"
//    4  4  CRC-32C of every byte behind it
//    8  8  number of the first entry; the others follow without holes
//   16  4  number of entries, at least 1
//
// then each entry:
//
//    0  4  length of the text
//    4     text
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "submeter/holding_store.h"
#include "submeter/result.h"

namespace submeter::store {

/// What one entry costs besides its text.
constexpr std::size_t kHeldOverhead = 4;

/// `entries`: at least one, in order without holes.
std::vector<std::uint8_t> encode_held_block(std::span<const HeldEntry> entries);

/// The entries, or why the bytes are no block: the sender's bytes or nothing, never something in between.
Result<std::vector<HeldEntry>> decode_held_block(std::span<const std::uint8_t> bytes);

}  // namespace submeter::store
