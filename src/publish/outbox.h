// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/lifeline.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// Committed records in order, one after another: from memory while the reader keeps up with the commits,
/// from disk in chunks when it is behind. Holds a record until it is acknowledged or the bounded tail is
/// full, so that a live site never reads back what it has just written. Loop thread.
class Outbox {
 public:
  /// Newest records kept in memory.
  static constexpr std::size_t kTail = 1024;
  /// Records read from disk at a time.
  static constexpr std::size_t kChunk = 256;

  /// `on_more` is called when a disk read has ended and peek() may have something.
  Outbox(RecordQueue& queue, std::function<void()> on_more);

  /// Committed records, in order.
  void on_commit(std::span<const Record> records);
  /// The next record is the first after `position`.
  void restart(Sequence position);
  /// The next record, valid until the next call; null while a disk read is under way and when all() holds.
  const Record* peek();
  /// Moves on from the record that peek() showed.
  void advance();
  /// Everything committed was shown.
  bool exhausted();
  /// The next record is not among the newest: it comes from disk.
  bool behind() const { return !tail_after_ || position_ < *tail_after_; }
  /// The broker has everything up to and including `through`: it need not be kept.
  void forget(Sequence through);

 private:
  void read();
  void take_chunk(std::uint64_t epoch, std::vector<Record> records);

  RecordQueue& queue_;
  std::function<void()> on_more_;
  Sequence position_;                   // of the last record moved on from
  std::deque<Record> tail_;             // every committed record after *tail_after_
  std::optional<Sequence> tail_after_;  // unknown until the first commit or the end of what is on disk
  std::deque<Record> chunk_;            // read from disk, after position_
  bool reading_ = false;
  std::uint64_t epoch_ = 0;  // of restart(): an answer to an older question is dropped
  core::Lifeline lifeline_;
};

}  // namespace submeter::publish
