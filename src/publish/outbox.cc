// SPDX-License-Identifier: Apache-2.0
#include "publish/outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "submeter/check.h"

namespace submeter::publish {

Outbox::Outbox(RecordQueue& queue, std::function<void()> on_more)
    : queue_(queue), on_more_(std::move(on_more)) {}

void Outbox::on_commit(std::span<const Record> records) {
  if (records.empty()) return;
  if (!tail_after_) tail_after_ = Sequence{records.front().seq.value - 1};
  tail_.insert(tail_.end(), records.begin(), records.end());
  while (tail_.size() > kTail) {
    tail_after_ = tail_.front().seq;
    tail_.pop_front();
  }
}

void Outbox::restart(Sequence position) {
  position_ = position;
  chunk_.clear();
  ++epoch_;
}

const Record* Outbox::peek() {
  if (behind()) {
    if (chunk_.empty()) read();
    return chunk_.empty() ? nullptr : &chunk_.front();
  }
  chunk_.clear();
  const auto next = std::upper_bound(tail_.begin(), tail_.end(), position_,
                                     [](Sequence seq, const Record& record) { return seq < record.seq; });
  return next == tail_.end() ? nullptr : &*next;
}

void Outbox::advance() {
  const Record* shown = peek();
  SUBMETER_CHECK(shown != nullptr);
  position_ = shown->seq;
  if (!chunk_.empty() && chunk_.front().seq == position_) chunk_.pop_front();
}

bool Outbox::exhausted() {
  return !behind() && peek() == nullptr;
}

void Outbox::forget(Sequence through) {
  while (!tail_.empty() && tail_.front().seq <= through) {
    tail_after_ = tail_.front().seq;
    tail_.pop_front();
  }
}

void Outbox::read() {
  if (reading_) return;
  reading_ = true;
  queue_.read_after(position_, kChunk, lifeline_.guard([this, epoch = epoch_](std::vector<Record> records) {
    take_chunk(epoch, std::move(records));
  }));
}

void Outbox::take_chunk(std::uint64_t epoch, std::vector<Record> records) {
  reading_ = false;
  if (epoch == epoch_) {
    // Nothing on disk after position_ but what was committed since, and that is in the tail.
    if (records.empty()) tail_after_ = position_;
    chunk_.assign(std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  }
  on_more_();
}

}  // namespace submeter::publish
