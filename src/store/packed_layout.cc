// SPDX-License-Identifier: Apache-2.0
#include "store/packed_layout.h"

#include <algorithm>
#include <concepts>
#include <vector>

#include "store/crc32c.h"

namespace submeter::store {
namespace {

std::uint32_t checksum_of(std::string_view text) {
  return crc32c({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void put(std::vector<std::uint8_t>& out, std::unsigned_integral auto value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

void append_own(std::string& out, ColumnSource source, const Record& record) {
  if (source == ColumnSource::kSequence) {
    out += std::to_string(record.seq.value);
  } else if (source == ColumnSource::kTime) {
    out += std::to_string(record.time.time_since_epoch().count());
  } else if (source == ColumnSource::kCircuit) {
    ((out += '"') += record.circuit) += '"';
  }
}

std::uint32_t content_checksum(std::span<const Record> records) {
  constexpr std::size_t kBytesEach = 17;
  std::vector<std::uint8_t> content;
  content.reserve(records.size() * kBytesEach);
  for (const Record& record : records) {
    put(content, static_cast<std::uint8_t>(record.kind));
    put(content, static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
    put(content, checksum_of(record.circuit));
    put(content, checksum_of(record.json));
  }
  return crc32c(content);
}

bool is_packed_block(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kPackedName.size() &&
         std::equal(kPackedName.begin(), kPackedName.end(), bytes.begin());
}

}  // namespace submeter::store
