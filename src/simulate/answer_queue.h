// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "simulate/responder.h"
#include "submeter/loop.h"

namespace submeter::simulate {

/// Answers that wait until their meter has thought long enough. Loop thread.
class AnswerQueue {
 public:
  using Deliver = std::function<void(const Answer&)>;
  /// Beyond this many, meters are too busy to answer.
  static constexpr std::size_t kMostWaiting = 16;

  AnswerQueue(Loop& loop, Deliver deliver);

  /// Hands out `answer` at `due`; those due at the same instant in the order in which they came.
  void add(Answer answer, MonoTime due);
  bool waiting_for(UnitId unit) const;
  void clear();

 private:
  struct Waiting {
    MonoTime due;
    Answer answer;
  };

  void deliver_first();

  Deliver deliver_;
  std::vector<Waiting> waiting_;  // by due
  Timer timer_;
};

}  // namespace submeter::simulate
