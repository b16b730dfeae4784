// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "core/lifeline.h"
#include "publish/packing.h"
#include "publish/progress.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// Records from disk in chunks, in order, without those that went out ahead, up to where the live lane
/// begins. Loop thread.
class BacklogLane {
 public:
  /// Records read from disk at a time.
  static constexpr std::size_t kChunk = 256;

  /// `on_more` is called when a disk read has ended.
  BacklogLane(RecordQueue& queue, Progress& progress, std::function<void()> on_more);

  /// Begins after `position`, whatever is there.
  void open(Sequence position);
  /// The live lane has dropped records: they are backlog.
  void resume();
  /// Nothing is left of it.
  bool done() const { return done_; }
  /// Everything up to it was sent over this connection, here or ahead.
  Sequence position() const { return position_; }
  std::size_t size() const { return chunk_.size(); }

  /// How many records the next message takes: a full batch, or the last before a gap or the end. 0: nothing
  /// is ready; a disk read may be under way. `live_after`: where the live lane's records begin.
  std::size_t due(const Packing& packing, std::optional<Sequence> live_after);
  Message take(const Packing& packing, std::size_t count);

 private:
  void skip_sent();
  std::size_t run(std::size_t most, std::optional<Sequence> live_after) const;
  void end(std::optional<Sequence> live_after);
  void read();
  void take_chunk(std::uint64_t epoch, std::vector<Record> records);

  RecordQueue& queue_;
  Progress& progress_;
  std::function<void()> on_more_;
  Sequence position_;
  std::deque<Record> chunk_;  // read from disk, after position_
  bool at_end_ = false;       // nothing was on disk after the chunk
  bool done_ = false;
  bool reading_ = false;
  std::uint64_t epoch_ = 0;  // an answer to an older question is dropped
  core::Lifeline lifeline_;
};

}  // namespace submeter::publish
