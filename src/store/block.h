// SPDX-License-Identifier: Apache-2.0
// The bytes of one block: the records of a group commit. Pure.
//
// Numbers are little-endian. A header of 20 bytes:
//
//    0  4  "SMB1"
//    4  4  CRC-32C of every byte behind it
//    8  8  sequence of the first record; the others follow without holes
//   16  4  number of records, at least 1
//
// then each record:
//
//    0  1  kind
//    1  1  length of the circuit's id
//    2  4  length of the JSON
//    6  8  ts in milliseconds
//   14     circuit, JSON
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

/// What one record costs besides its circuit and JSON.
constexpr std::size_t kRecordOverhead = 14;

/// `records`: at least one, in order without holes, circuits of at most 255 bytes.
std::vector<std::uint8_t> encode_block(std::span<const Record> records);

/// The records, or why the bytes are no block: the sender's bytes or nothing, never something in between.
Result<std::vector<Record>> decode_block(std::span<const std::uint8_t> bytes);

}  // namespace submeter::store
