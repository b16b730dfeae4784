// SPDX-License-Identifier: Apache-2.0
#include "publish/backlog_lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace submeter::publish {

BacklogLane::BacklogLane(RecordQueue& queue, Progress& progress, std::function<void()> on_more)
    : queue_(queue), progress_(progress), on_more_(std::move(on_more)) {}

void BacklogLane::open(Sequence position) {
  position_ = position;
  chunk_.clear();
  resume();
}

void BacklogLane::resume() {
  done_ = false;
  at_end_ = false;
  ++epoch_;
}

std::size_t BacklogLane::due(const Packing& packing, std::optional<Sequence> live_after) {
  if (done_) return 0;
  skip_sent();
  if (chunk_.empty() ? at_end_ : live_after && chunk_.front().seq > *live_after) {
    end(live_after);
    return 0;
  }
  const std::size_t most = packing.most_records();
  if (chunk_.size() < most + kChunk / 2 && !at_end_) read();
  const std::size_t together = run(most, live_after);
  const std::size_t count = packing.count(chunk_, together);
  const bool full = count == most || count < together || together < chunk_.size() || at_end_;
  return full ? count : 0;
}

Message BacklogLane::take(const Packing& packing, std::size_t count) {
  Message message = packing.take(chunk_, count, position_);
  position_ = message.range.through;
  return message;
}

void BacklogLane::skip_sent() {
  position_ = std::max(position_, progress_.cursor());
  while (!chunk_.empty()) {
    const Sequence next = chunk_.front().seq;
    if (next > position_) {
      const auto ahead = progress_.sent_at(next);
      if (!ahead) return;
      progress_.pass({position_, ahead->after});
      position_ = ahead->through;
    }
    chunk_.pop_front();
  }
}

// Records that follow each other, none of them sent, all before the live ones.
std::size_t BacklogLane::run(std::size_t most, std::optional<Sequence> live_after) const {
  std::size_t count = 0;
  for (; count < std::min(most, chunk_.size()); ++count) {
    const Sequence seq = chunk_[count].seq;
    if ((live_after && seq > *live_after) || progress_.sent_at(seq)) break;
  }
  return count;
}

void BacklogLane::end(std::optional<Sequence> live_after) {
  if (live_after) {
    progress_.pass({position_, *live_after});
    position_ = std::max(position_, *live_after);
  }
  chunk_.clear();
  ++epoch_;
  done_ = true;
}

void BacklogLane::read() {
  if (reading_) return;
  reading_ = true;
  const Sequence after = chunk_.empty() ? position_ : chunk_.back().seq;
  queue_.read_after(after, kChunk, lifeline_.guard([this, epoch = epoch_](std::vector<Record> records) {
    take_chunk(epoch, std::move(records));
  }));
}

void BacklogLane::take_chunk(std::uint64_t epoch, std::vector<Record> records) {
  reading_ = false;
  if (epoch == epoch_) {
    at_end_ = records.empty();
    chunk_.insert(chunk_.end(), std::make_move_iterator(records.begin()),
                  std::make_move_iterator(records.end()));
  }
  on_more_();
}

}  // namespace submeter::publish
