// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "publish/sequence_ranges.h"

namespace submeter::publish {

/// How far the broker has the queue: everything up to the cursor, and what was acknowledged ahead of it as a
/// short list of ranges. Also what is on its way over this connection, so that nothing is sent twice over it.
///
/// The list outlives connections, not the process: after a restart what was acknowledged ahead of the
/// queue's cursor goes out again, with the same bytes.
class Progress {
 public:
  /// Ranges kept over a reconnect, and beyond those that the window's answers make for a moment. What does
  /// not fit is forgotten: it is sent again.
  static constexpr std::size_t kMostRanges = 64;

  /// A connection opens: nothing is on its way. `cursor` is the queue's, which evictions may have moved.
  void open(Sequence cursor);
  void add_sent(SequenceRange range) { sent_.add(range); }
  void add_acknowledged(SequenceRange range);
  /// There is no record in this range but those that went out ahead.
  void pass(SequenceRange range);
  /// Everything there is up to it is acknowledged.
  Sequence cursor() const { return cursor_; }
  /// The range around `seq` that was acknowledged ahead, or is on its way ahead of the backlog.
  std::optional<SequenceRange> sent_at(Sequence seq) const { return sent_.at(seq); }
  /// Whether another range ahead may begin.
  bool may_run_ahead() const { return sent_.size() < kMostRanges; }
  std::size_t ranges() const { return acknowledged_.size() + sent_.size(); }

 private:
  void move_cursor();

  Sequence cursor_;
  SequenceRanges acknowledged_;
  SequenceRanges sent_;
};

}  // namespace submeter::publish
