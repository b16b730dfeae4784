// SPDX-License-Identifier: Apache-2.0
// The held entries of queue.db, in blocks of store/held_block.h. Mechanism without policy: what goes for want
// of space is decided in store/retention.h.
//
// Entries leave from the oldest on, released or dropped, and what has left is one number in the row `state`,
// written in the transaction of the leaving: a block of which some have left stays, and its rest begins
// behind that number. Blocks are removed only when all of them has left, so the newest number ever given is
// the greater of that number and the last block's end, whatever was removed. Used by one thread at a time;
// calls block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "store/queue_database.h"
#include "submeter/holding_store.h"
#include "submeter/result.h"

namespace submeter::store {

/// A run of held entries, both ends included.
struct HeldRange {
  HeldNumber first;
  HeldNumber last;
  std::uint64_t count() const { return last.value - first.value + 1; }
};

struct HeldReadOutcome {
  std::vector<HeldEntry> entries;
  /// Blocks that were skipped because their bytes are not what was written, or that are gone.
  std::vector<HeldRange> damaged;
};

class HeldTable {
 public:
  /// Blocks are at most this large, as those of records.
  static constexpr std::size_t kMaxBlockEntries = 1000;
  static constexpr std::size_t kMaxBlockBytes = 256ULL * 1024;
  /// Blocks one transaction removes at most: more would grow the WAL.
  static constexpr std::size_t kBite = 1000;

  explicit HeldTable(QueueDatabase& database) : database_(database) {}
  /// First call. Reads the size of every block.
  Result<void> open();

  HeldNumber newest() const { return newest_; }
  /// Up to here entries were released or dropped.
  HeldNumber done() const { return done_; }
  /// What the blocks take on disk.
  std::uint64_t bytes() const { return bytes_; }

  // Within a transaction:
  Result<void> add(std::span<const HeldEntry> entries);
  /// Up to `through` entries have left. Removes blocks that have left wholly, some of them if they are many:
  /// the next calls go on. On each commit.
  Result<void> release(HeldNumber through);
  /// Drops the oldest blocks until `bytes` are gone; the entries that had not left before.
  Result<std::optional<HeldRange>> drop_oldest(std::uint64_t bytes);

  /// What has not left, behind `after`.
  Result<HeldReadOutcome> read_after(HeldNumber after, std::size_t limit);

 private:
  struct Block {
    HeldNumber last;
    std::uint64_t bytes = 0;
  };
  Result<void> add_block(std::span<const HeldEntry> entries);
  Result<void> set_done(HeldNumber done);
  /// Removes the oldest blocks as long as `goes`; the end of the last of them.
  Result<std::optional<HeldNumber>> remove_front(const std::function<bool(const Block&)>& goes);

  QueueDatabase& database_;
  HeldNumber newest_;
  HeldNumber done_;
  std::uint64_t bytes_ = 0;
  Statement insert_;
  Statement remove_;
  Statement save_done_;
  Statement oldest_;
  Statement read_;
};

}  // namespace submeter::store
