// SPDX-License-Identifier: Apache-2.0
#include "core/timer_queue.h"

#include "submeter/check.h"

namespace submeter {

void TimerQueue::arm(Timer& timer) {
  SUBMETER_CHECK(!timer.armed());
  const Entry entry{timer.deadline_, next_order_++, &timer};
  heap_.push_back(entry);
  sift_up(heap_.size() - 1, entry);
}

void TimerQueue::disarm(Timer& timer) {
  SUBMETER_CHECK(timer.armed() && heap_[timer.queue_index_].timer == &timer);
  const std::size_t hole = timer.queue_index_;
  const Entry last = heap_.back();
  heap_.pop_back();
  timer.queue_index_ = Timer::kNotQueued;
  if (hole == heap_.size()) return;
  if (hole > 0 && last.before(heap_[(hole - 1) / 2])) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

std::optional<MonoTime> TimerQueue::earliest() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().deadline;
}

std::size_t TimerQueue::run_due(MonoTime now, std::size_t most) {
  // Deadlines are never in the past when armed, so a timer armed by a callback sorts behind all that were
  // due.
  const std::uint64_t armed_before = next_order_;
  std::size_t ran = 0;
  while (ran < most && !heap_.empty() && heap_.front().deadline <= now &&
         heap_.front().order < armed_before) {
    Timer& timer = *heap_.front().timer;
    disarm(timer);
    timer.fire();
    ++ran;
  }
  return ran;
}

void TimerQueue::put(std::size_t index, const Entry& entry) {
  heap_[index] = entry;
  entry.timer->queue_index_ = index;
}

/// `entry` goes into the hole, or above it.
void TimerQueue::sift_up(std::size_t hole, const Entry& entry) {
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    put(hole, heap_[parent]);
    hole = parent;
  }
  put(hole, entry);
}

/// `entry` goes into the hole, or below it.
void TimerQueue::sift_down(std::size_t hole, const Entry& entry) {
  while (true) {
    std::size_t child = 2 * hole + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    put(hole, heap_[child]);
    hole = child;
  }
  put(hole, entry);
}

}  // namespace submeter
