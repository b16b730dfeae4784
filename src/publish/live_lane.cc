// SPDX-License-Identifier: Apache-2.0
#include "publish/live_lane.h"

namespace submeter::publish {

void LiveLane::reset() {
  records_.clear();
  since_.clear();
  after_.reset();
  jumped_ = false;
}

void LiveLane::begin(Sequence after) {
  if (!after_) after_ = after;
}

bool LiveLane::add(std::span<const Record> records, MonoTime now, bool may_jump) {
  if (records.empty()) return true;
  begin({records.front().seq.value - 1});
  if (records_.size() + records.size() > kMost || (jumped_ && !may_jump)) {
    reset();
    after_ = records.back().seq;
    jumped_ = true;
    return false;
  }
  records_.insert(records_.end(), records.begin(), records.end());
  since_.insert(since_.end(), records.size(), now);
  return true;
}

std::size_t LiveLane::due(const Packing& packing, MonoTime now, bool hurry) const {
  const std::size_t count = packing.count(records_, records_.size());
  const bool full = count == packing.most_records() || count < records_.size();
  return full || hurry || (count > 0 && now >= due_at(packing)) ? count : 0;
}

Message LiveLane::take(const Packing& packing, std::size_t count) {
  Message message = packing.take(records_, count, *after_);
  since_.erase(since_.begin(), since_.begin() + static_cast<std::ptrdiff_t>(count));
  after_ = message.range.through;
  jumped_ = false;
  return message;
}

}  // namespace submeter::publish
