// SPDX-License-Identifier: Apache-2.0
#include "publish/progress.h"

#include <algorithm>

namespace submeter::publish {

void Progress::open(Sequence cursor) {
  cursor_ = std::max(cursor_, cursor);
  move_cursor();
  acknowledged_.shorten(kMostRanges / 2, cursor_);
  sent_ = acknowledged_;
}

void Progress::add_acknowledged(SequenceRange range) {
  acknowledged_.add(range);
  move_cursor();
}

void Progress::pass(SequenceRange range) {
  for (const SequenceRange& gap : sent_.gaps(range)) {
    sent_.add(gap);
    acknowledged_.add(gap);
  }
  move_cursor();
}

void Progress::move_cursor() {
  cursor_ = acknowledged_.end_from(cursor_);
  acknowledged_.forget_through(cursor_);
  sent_.forget_through(cursor_);
}

}  // namespace submeter::publish
