// SPDX-License-Identifier: Apache-2.0
// The loop's twin for tests: virtual time, the production timer queue, tasks posted run in order. It has no
// descriptors; what a test waits for is a timer or a task.
#pragma once

#include <deque>
#include <utility>

#include "core/timer_queue.h"
#include "submeter/check.h"
#include "submeter/loop.h"

namespace submeter::test {

class SimulatedLoop final : public Loop {
 public:
  MonoTime now() const override { return now_; }
  /// Callbacks take no time, unless a test says that they do.
  MonoTime real_now() const override { return now_ + batch_so_far; }
  /// How long the batch of callbacks has been running.
  Duration batch_so_far{};
  void post(Task task) override { posted_.push_back(std::move(task)); }
  void arm(Timer& timer) override { timers_.arm(timer); }
  void disarm(Timer& timer) override { timers_.disarm(timer); }
  void attach(Watch&) override { SUBMETER_CHECK(!"a simulated loop has no descriptors"); }
  void modify(Watch&) override {}
  void detach(Watch&) override {}

  /// Runs what is due now: timers and tasks, until nothing is left at this instant.
  void settle() {
    bool busy = true;
    for (int turns = 0; busy; ++turns) {
      SUBMETER_CHECK(turns < 100'000);  // two callbacks wake each other for ever
      busy = turn();
    }
  }

  /// One turn of the loop: what is due and posted now. False: nothing was.
  bool turn() {
    bool busy = timers_.run_due(now_) > 0;
    for (std::deque<Task> tasks = std::exchange(posted_, {}); !tasks.empty(); tasks.pop_front()) {
      tasks.front()();
      busy = true;
    }
    return busy;
  }

  /// Lets virtual time pass, stopping at each deadline on the way.
  void advance(Duration span) { advance_to(now_ + span); }
  void advance_to(MonoTime end) {
    settle();
    for (auto next = timers_.earliest(); next && *next <= end; next = timers_.earliest()) {
      now_ = *next;
      settle();
    }
    now_ = end;
  }

  /// Lets time pass until `done` holds; false if it did not within `limit`.
  template <class Condition>
  bool run_until(Condition done, Duration limit) {
    const MonoTime end = now_ + limit;
    settle();
    while (!done()) {
      const auto next = timers_.earliest();
      if (!next || *next > end) {
        now_ = end;
        return done();
      }
      now_ = *next;
      settle();
    }
    return true;
  }

 private:
  TimerQueue timers_;
  MonoTime now_{std::chrono::hours{1}};  // any monotonic instant that is not zero
  std::deque<Task> posted_;
};

}  // namespace submeter::test
