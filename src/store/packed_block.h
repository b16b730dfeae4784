// SPDX-License-Identifier: Apache-2.0
// The bytes of a packed block: a run of records by columns, a tenth of their size. Pure.
//
// Records of the same kind whose JSON has the same keys have one shape; the records of one circuit in one
// shape are a series. A shape is written column by column, a column series by series: what changes little
// stands side by side. JSON that is not flat (store/flat_json.h) is a shape without keys whose one column is
// the whole text.
//
// Numbers are little-endian. A header of 36 bytes:
//
//    0  4  "SMC1"
//    4  4  CRC-32C of every byte behind it
//    8  8  sequence of the first record; the others follow without holes
//   16  4  number of records, 1 to 8,192
//   20  4  bytes of all JSON and circuits, at most 4 MiB
//   24  4  checksum of the records (content_checksum())
//   28  4  length of the description, at most 4.25 MiB
//   32  4  length of its zstd frame
//   36     the frame, then the bits
//
// The description is what is not a number of a record. Its numbers are LEB128, its texts behind their length:
//
//   number of circuits; each: its id
//   number of shapes;   each: kind (1 byte), number of keys, the keys
//   number of series;   each: shape, circuit
//   form of the order (1 byte, NumberForm)
//   for each shape, for the time and each key (or the whole text) a column:
//     1 byte, where the values come from (ColumnSource); numbers: their decimals, or floats: their shift (1
//     byte), form; texts: how many different ones, these, and, when there are two or more, the form of their
//     numbers
//
// The bits are columns of numbers (store/number_column.h): the order of the records (store/turns.h), then as
// described.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

constexpr std::size_t kMostPackedRecords = 8192;
/// Bytes of JSON and circuits in one block.
constexpr std::size_t kMostPackedText = 4U << 20;

/// `records`: at least one, in order without holes. Fails when they are beyond the limits, or (never seen)
/// when what was packed does not read back as the same bytes: the caller keeps the plain block.
Result<std::vector<std::uint8_t>> encode_packed_block(std::span<const Record> records);

/// The records, or why the bytes are no packed block: the sender's bytes or nothing, never something in
/// between.
Result<std::vector<Record>> decode_packed_block(std::span<const std::uint8_t> bytes);

/// Tells a packed block from a plain one.
bool is_packed_block(std::span<const std::uint8_t> bytes);

}  // namespace submeter::store
