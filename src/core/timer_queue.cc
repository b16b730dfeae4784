// SPDX-License-Identifier: Apache-2.0
#include "core/timer_queue.h"

#include <utility>

#include "submeter/check.h"

namespace submeter {

void TimerQueue::arm(Timer& timer) {
  SUBMETER_CHECK(!timer.armed());
  timer.order_ = next_order_++;
  timer.queue_index_ = heap_.size();
  heap_.push_back(&timer);
  sift_up(timer.queue_index_);
}

void TimerQueue::disarm(Timer& timer) {
  SUBMETER_CHECK(timer.armed() && heap_[timer.queue_index_] == &timer);
  const std::size_t hole = timer.queue_index_;
  const std::size_t last = heap_.size() - 1;
  if (hole != last) swap(hole, last);
  heap_.pop_back();
  timer.queue_index_ = Timer::kNotQueued;
  if (hole == last) return;
  sift_up(hole);
  sift_down(hole);
}

std::optional<MonoTime> TimerQueue::earliest() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

std::size_t TimerQueue::run_due(MonoTime now) {
  // Deadlines are never in the past when armed, so a timer armed by a callback sorts behind all that were
  // due.
  const std::uint64_t armed_before = next_order_;
  std::size_t ran = 0;
  while (!heap_.empty() && heap_.front()->deadline_ <= now && heap_.front()->order_ < armed_before) {
    Timer& timer = *heap_.front();
    disarm(timer);
    timer.fire();
    ++ran;
  }
  return ran;
}

bool TimerQueue::before(std::size_t a, std::size_t b) const {
  return std::pair(heap_[a]->deadline_, heap_[a]->order_) < std::pair(heap_[b]->deadline_, heap_[b]->order_);
}

void TimerQueue::swap(std::size_t a, std::size_t b) {
  std::swap(heap_[a], heap_[b]);
  heap_[a]->queue_index_ = a;
  heap_[b]->queue_index_ = b;
}

void TimerQueue::sift_up(std::size_t index) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!before(index, parent)) return;
    swap(index, parent);
    index = parent;
  }
}

void TimerQueue::sift_down(std::size_t index) {
  while (true) {
    std::size_t smallest = index;
    for (const std::size_t child : {2 * index + 1, 2 * index + 2}) {
      if (child < heap_.size() && before(child, smallest)) smallest = child;
    }
    if (smallest == index) return;
    swap(index, smallest);
    index = smallest;
  }
}

}  // namespace submeter
