// SPDX-License-Identifier: Apache-2.0
#include "store/range_read.h"

#include <algorithm>
#include <utility>

#include "store/stored_block.h"

namespace submeter::store {
namespace {

bool matches(const Record& record, const RangeQuery& query) {
  if (record.time < query.from || record.time >= query.to) return false;
  return query.circuits.empty() || std::ranges::find(query.circuits, record.circuit) != query.circuits.end();
}

bool has_room_for(const Record& record, const RangeBite& bite) {
  if (bite.records.empty()) return true;
  return bite.records.size() < RangeBite::kMaxRecords &&
         bite.bytes + record.json.size() <= RangeBite::kMaxBytes;
}

}  // namespace

bool take_from_block(std::span<const std::uint8_t> data, SequenceRange range, const RangeQuery& query,
                     RangeBite& bite) {
  Result<std::vector<Record>> block = decode_stored_block(data);
  if (!block || block->front().seq != range.first || block->back().seq != range.last) {
    bite.missing.push_back({std::max(range.first, bite.next.next()), range.last});
    bite.next = range.last;
    return true;
  }
  for (Record& record : *block) {
    if (record.seq <= bite.next) continue;
    if (matches(record, query)) {
      if (!has_room_for(record, bite)) return false;
      bite.bytes += record.json.size();
      bite.next = record.seq;
      bite.records.push_back(std::move(record));
    } else {
      bite.next = record.seq;
    }
  }
  return true;
}

}  // namespace submeter::store
