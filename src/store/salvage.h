// SPDX-License-Identifier: Apache-2.0
// Carrying over what can still be read of a damaged queue.db: blocks that were not delivered, held entries,
// the note. Every block is held against its own checksum, so that what comes over is what was written.
//
// A page that SQLite cannot read takes the blocks on it with it; the walk goes on behind it. Where not even
// the first page or the tables can be read, nothing can. The damaged file is only read. Calls block: at the
// start, after damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/queue_file.h"
#include "store/queue_mark.h"
#include "store/sequence_range.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::store {

struct Salvaged {
  /// Ranges that are told one by one; what is between the last of them and the end is told as one.
  static constexpr std::size_t kMaxRanges = 10;

  std::uint64_t records = 0;  ///< Undelivered ones that were carried over.
  std::uint64_t held = 0;
  Sequence newest;                     ///< The last that is known of, carried over or not.
  std::vector<SequenceRange> missing;  ///< Behind the cursor, and not to be read any more.
};

/// From the file at `path` into a new and empty one. `mark`: what stood beside it. The error is of `into`.
Result<Salvaged> salvage(const std::string& path, const std::optional<Mark>& mark,
                         const StoreOptions& options, QueueFile& into);

}  // namespace submeter::store
