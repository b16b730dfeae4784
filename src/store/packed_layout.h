// SPDX-License-Identifier: Apache-2.0
// What both directions of store/packed_block.h agree on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/packed_block.h"
#include "submeter/record_queue.h"

namespace submeter::store {

constexpr std::string_view kPackedName = "SMC1";
constexpr std::size_t kMostDescription = kMostPackedText + (256U << 10);
/// Records of further shapes are written as whole texts.
constexpr std::size_t kMostShapes = 256;

/// Where the values of a column come from.
enum class ColumnSource : std::uint8_t {
  kSequence = 0,  ///< The record's own: nothing is written.
  kTime = 1,
  kCircuit = 2,
  kText = 3,
  kNumber = 4,  ///< store/number_text.h, all with the decimals of the longest.
  kFloat = 5,   ///< store/float_text.h
};

/// How a record's own field stands in its JSON; nothing for other sources.
void append_own(std::string& out, ColumnSource source, const Record& record);

/// CRC-32C over each record's kind (1 byte), time (8) and the CRC-32C of its circuit and of its JSON (4
/// each): what is unpacked is what was packed, whichever release unpacks it.
std::uint32_t content_checksum(std::span<const Record> records);

}  // namespace submeter::store
