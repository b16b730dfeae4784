// SPDX-License-Identifier: Apache-2.0
#include "store/stored_block.h"

#include <utility>

#include "store/block.h"
#include "store/packed_block.h"

namespace submeter::store {

std::vector<std::uint8_t> encode_stored_block(std::span<const Record> records, Packing packing) {
  std::vector<std::uint8_t> plain = encode_block(records);
  if (packing == Packing::kWhereQuick && records.size() > kMostPackedAtOnce) return plain;
  Result<std::vector<std::uint8_t>> packed = encode_packed_block(records);
  return packed && packed->size() < plain.size() ? std::move(*packed) : std::move(plain);
}

Result<std::vector<Record>> decode_stored_block(std::span<const std::uint8_t> bytes) {
  return is_packed_block(bytes) ? decode_packed_block(bytes) : decode_block(bytes);
}

}  // namespace submeter::store
