// SPDX-License-Identifier: Apache-2.0
// Reading what is kept of a span of time, delivered or not, in order of sequence: in bites, so that neither
// the store thread nor who asks has much to do or to hold at once. Pure; QueueFile::read_range() walks the
// blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "store/sequence_range.h"
#include "submeter/record_queue.h"
#include "submeter/time.h"

namespace submeter::store {

/// Which records: `ts` in [from, to), of these circuits or of all and the gateway where none is named.
struct RangeQuery {
  UtcTime from{};
  UtcTime to{};
  std::vector<std::string> circuits;
  Sequence after;  ///< Where the bite before ended.
};

struct RangeBite {
  static constexpr std::size_t kMaxRecords = 500;
  static constexpr std::size_t kMaxBytes = 256ULL * 1024;  ///< Of JSON; a single record may be longer.

  std::vector<Record> records;
  /// Gone from the store, and may have been of the span: removed, or in a damaged block.
  std::vector<SequenceRange> missing;
  Sequence next;      ///< Looked at up to here: the `after` of the next bite.
  bool done = false;  ///< Nothing is behind it.
  std::size_t bytes = 0;
};

/// Adds from a block, the sender's `range`, what matches and lies behind `bite.next`, which moves on. False:
/// the bite is full. A block that is damaged is all missing.
bool take_from_block(std::span<const std::uint8_t> data, SequenceRange range, const RangeQuery& query,
                     RangeBite& bite);

}  // namespace submeter::store
