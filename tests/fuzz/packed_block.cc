// SPDX-License-Identifier: Apache-2.0
// Input: number of records (2) · bytes of their texts (2) · length of the description (1) · it, plain · the
// bits. A block is made of it with the right lengths and checksums: nothing in it may be trusted.
#include "store/packed_block.h"
#include "tests/fuzz/target.h"
#include "tests/support/packed_parts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace submeter;
  fuzz::Input input(data, size);
  const std::uint16_t records = input.word();
  const std::uint16_t text = input.word();
  const std::size_t length = input.byte();
  const auto rest = input.rest();
  store::PackedParts parts;
  parts.head = {'S', 'M', 'C', '1', 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  for (const std::uint16_t number : {records, text, std::uint16_t{0}}) {
    const auto low = static_cast<std::uint8_t>(number);
    parts.head.insert(parts.head.end(), {low, static_cast<std::uint8_t>(number >> 8), 0, 0});
  }
  const auto description = rest.first(std::min(length, rest.size()));
  parts.description.assign(description.begin(), description.end());
  parts.bits.assign(description.end(), rest.end());
  const Result<std::vector<Record>> read = store::decode_packed_block(parts.put_together());
  SUBMETER_CHECK(read.ok() ? read->size() == records : !read.error().message.empty());
  return 0;
}
