// SPDX-License-Identifier: Apache-2.0
#include "simulate/answer_queue.h"

#include <algorithm>
#include <utility>

namespace submeter::simulate {

AnswerQueue::AnswerQueue(Loop& loop, Deliver deliver)
    : deliver_(std::move(deliver)), timer_(loop, [this] { deliver_first(); }) {}

void AnswerQueue::add(Answer answer, MonoTime due) {
  if (waiting_.size() == kMostWaiting) return;
  const auto place = std::ranges::upper_bound(waiting_, due, {}, &Waiting::due);
  waiting_.insert(place, {due, std::move(answer)});
  timer_.start_at(waiting_.front().due);
}

bool AnswerQueue::waiting_for(UnitId unit) const {
  return std::ranges::any_of(waiting_,
                             [unit](const Waiting& waiting) { return waiting.answer.unit == unit; });
}

void AnswerQueue::clear() {
  waiting_.clear();
  timer_.cancel();
}

void AnswerQueue::deliver_first() {
  const Answer answer = std::move(waiting_.front().answer);
  waiting_.erase(waiting_.begin());
  if (!waiting_.empty()) timer_.start_at(waiting_.front().due);
  deliver_(answer);
}

}  // namespace submeter::simulate
