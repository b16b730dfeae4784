// SPDX-License-Identifier: Apache-2.0
// What the store keeps and what goes first when space is short. SPEC section 8, "Full".
//
// The cursor moves in order, so delivered blocks are always the oldest: removing from the oldest on removes
// what was delivered before anything that was not. The newest block stays whatever happens. Pure policy over
// a QueueFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "store/queue_file.h"
#include "submeter/options.h"

namespace submeter::store {

/// What make_room() had to do.
struct Eviction {
  std::optional<SequenceRange> lost;  ///< Records that went undelivered.
  bool full = false;                  ///< store.when_full is stop, and there is still no room.
};

class Retention {
 public:
  /// Blocks one transaction removes at most: more would grow the WAL.
  static constexpr std::size_t kBite = 1000;
  /// The store may always grow to this, or to max_size, even where store.min_free is not met: a disk that
  /// others filled must not empty the queue.
  static constexpr std::uint64_t kGuaranteedSize = 16ULL << 20;

  explicit Retention(const StoreOptions& options) : options_(options) {}

  /// Within a transaction: room for `bytes` of new blocks and a margin, at the cost of the oldest.
  Result<Eviction> make_room(QueueFile& file, std::uint64_t bytes, Sequence acknowledged) const;
  /// Within a transaction: removes delivered blocks older than keep_delivered. Age is measured against the
  /// newest record, so that a clock set wrong by hand does not empty the store.
  Result<void> drop_expired(QueueFile& file, Sequence acknowledged) const;

  /// Kept free for what is on its way: a store is full before its last byte is.
  std::uint64_t margin() const;

 private:
  std::uint64_t room(const FileSpace& space) const;

  StoreOptions options_;
};

}  // namespace submeter::store
