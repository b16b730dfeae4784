// SPDX-License-Identifier: Apache-2.0
// What the store keeps and what goes first when space is short. SPEC section 8, "Full".
//
// The cursor moves in order, so delivered blocks are always the oldest: removing from the oldest on removes
// what was delivered before anything that was not. The newest block stays whatever happens.
//
// Held entries wait for their time and are newer than the records before them, so they get room as records
// do: at the cost of what is delivered, and with `drop_oldest` of the oldest that is not, and where no
// records are left to go, of the oldest of themselves. But nobody knows whether they will ever become
// records: they get a quarter of store.max_size at most, and beyond it the oldest of them go. A clock that is
// never trusted costs no more than that of what can be delivered. Pure policy over a QueueFile.
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
  std::uint64_t lacking = 0;          ///< Bytes of room that no record was left to make.
};

class Retention {
 public:
  /// Blocks one transaction removes at most: more would grow the WAL.
  static constexpr std::size_t kBite = 1000;
  /// The store may always grow to this, or to max_size, even where store.min_free is not met: a disk that
  /// others filled must not empty the queue.
  static constexpr std::uint64_t kGuaranteedSize = 16ULL << 20;

  /// Held entries are never given more than this, on whatever disk.
  static constexpr std::uint64_t kMaxHeldBytes = 256ULL << 20;

  explicit Retention(const StoreOptions& options) : options_(options) {}

  /// Whether the file may become larger: on a full disk it cannot.
  enum class Growth : std::uint8_t { kAllowed, kNone };

  /// Within a transaction: room for `bytes` of new blocks and a margin, at the cost of the oldest.
  Result<Eviction> make_room(QueueFile& file, std::uint64_t bytes, Sequence acknowledged,
                             Growth growth = Growth::kAllowed) const;
  /// Within a transaction, after make_room(): the oldest held entries go until `bytes` of new ones fit their
  /// share of the store, and what `eviction` lacks is there, in bites; what was dropped. When the bytes alone
  /// are more, the next transaction drops the rest.
  Result<std::optional<HeldRange>> bound_held(QueueFile& file, std::uint64_t bytes,
                                              const Eviction& eviction) const;
  /// Within a transaction: removes delivered blocks older than keep_delivered. Age is measured against the
  /// newest record, so that a clock set wrong by hand does not empty the store.
  Result<void> drop_expired(QueueFile& file, Sequence acknowledged) const;

  /// Kept free for what is on its way: a store is full before its last byte is.
  std::uint64_t margin() const;

 private:
  /// How large the file may become.
  std::uint64_t allowed(const FileSpace& space) const;
  std::uint64_t room(const FileSpace& space, Growth growth) const;

  StoreOptions options_;
};

}  // namespace submeter::store
