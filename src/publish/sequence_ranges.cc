// SPDX-License-Identifier: Apache-2.0
#include "publish/sequence_ranges.h"

#include <algorithm>

namespace submeter::publish {
namespace {

bool ends_before(const SequenceRange& range, Sequence seq) {
  return range.through < seq;
}

}  // namespace

void SequenceRanges::add(SequenceRange range) {
  if (range.after >= range.through) return;
  const auto first = std::lower_bound(ranges_.begin(), ranges_.end(), range.after, ends_before);
  auto last = first;
  for (; last != ranges_.end() && last->after <= range.through; ++last) {
    range.after = std::min(range.after, last->after);
    range.through = std::max(range.through, last->through);
  }
  if (first == last) {
    ranges_.insert(first, range);
  } else {
    *first = range;
    ranges_.erase(first + 1, last);
  }
}

std::optional<SequenceRange> SequenceRanges::at(Sequence seq) const {
  const auto found = std::lower_bound(ranges_.begin(), ranges_.end(), seq, ends_before);
  if (found == ranges_.end() || found->after >= seq) return std::nullopt;
  return *found;
}

Sequence SequenceRanges::end_from(Sequence position) const {
  const auto found = std::lower_bound(ranges_.begin(), ranges_.end(), position, ends_before);
  return found == ranges_.end() || found->after > position ? position : found->through;
}

std::vector<SequenceRange> SequenceRanges::gaps(SequenceRange range) const {
  std::vector<SequenceRange> gaps;
  auto held = std::lower_bound(ranges_.begin(), ranges_.end(), range.after, ends_before);
  for (; held != ranges_.end() && held->after < range.through; ++held) {
    if (range.after < held->after) gaps.push_back({range.after, held->after});
    range.after = held->through;
  }
  if (range.after < range.through) gaps.push_back(range);
  return gaps;
}

void SequenceRanges::forget_through(Sequence position) {
  const auto kept = std::lower_bound(ranges_.begin(), ranges_.end(), position.next(), ends_before);
  ranges_.erase(ranges_.begin(), kept);
  if (!ranges_.empty()) ranges_.front().after = std::max(ranges_.front().after, position);
}

void SequenceRanges::shorten(std::size_t most, Sequence position) {
  while (ranges_.size() > most && ranges_.back().after >= position) ranges_.pop_back();
}

}  // namespace submeter::publish
