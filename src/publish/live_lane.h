// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>

#include "publish/packing.h"
#include "submeter/record_queue.h"
#include "submeter/time.h"

namespace submeter::publish {

/// Records committed since the connection opened that wait to be sent, in order: a short way past the
/// backlog. What it cannot hold is backlog: it is on disk. Loop thread.
class LiveLane {
 public:
  /// Records in memory.
  static constexpr std::size_t kMost = 1024;

  /// Empty, and nothing known of where the live records begin.
  void reset();
  /// They begin after this one, if that is not known yet.
  void begin(Sequence after);
  /// Takes committed records. False: they do not fit, and neither they nor what waited is in this lane now.
  /// `may_jump`: the lane may leave out what it once had to drop.
  bool add(std::span<const Record> records, MonoTime now, bool may_jump);
  /// Sent or dropped up to here: what comes later is this lane's. None: no live record is known.
  std::optional<Sequence> after() const { return after_; }
  bool empty() const { return records_.empty(); }
  std::size_t size() const { return records_.size(); }

  /// How many records the next message takes; 0: none is due. A batch is due when it is full, when its first
  /// record has waited, or when nothing shall wait.
  std::size_t due(const Packing& packing, MonoTime now, bool hurry) const;
  /// When a batch that is not full is due.
  MonoTime due_at(const Packing& packing) const { return since_.front() + packing.delay(); }
  Message take(const Packing& packing, std::size_t count);

 private:
  std::deque<Record> records_;
  std::deque<MonoTime> since_;  // when each came
  std::optional<Sequence> after_;
  bool jumped_ = false;  // what stands before `after_` was dropped
};

}  // namespace submeter::publish
