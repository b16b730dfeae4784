// SPDX-License-Identifier: Apache-2.0
// The production loop: epoll, one thread, timers to the nanosecond through epoll_pwait2(2).
//
// A turn: wait, freeze the time, deliver readiness, run due timers, run posted tasks; a bounded number of
// each but the last. What has come is looked at before anybody's time is up, so that a turn that took long
// makes no time-outs. Owns the epoll and event descriptors; watches and timers belong to others and must be
// gone before the loop is.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <mutex>
#include <vector>

#include "core/duration_histogram.h"
#include "core/timer_queue.h"
#include "core/unique_fd.h"
#include "submeter/loop.h"

namespace submeter::core {

class EpollLoop final : public Loop {
 public:
  /// Throws std::system_error when the system has no descriptors left.
  EpollLoop();
  ~EpollLoop() override;

  /// Runs until stop(). Loop thread.
  void run();
  /// Ends run() after the current turn. Loop thread; from others, post() it.
  void stop() { stopped_ = true; }
  /// How long it did not return to its wait, turn by turn, since it began to run.
  const DurationHistogram& turns() const { return turns_; }

  MonoTime now() const override { return now_; }
  MonoTime real_now() const override;
  void post(Task task) override;
  void arm(Timer& timer) override { timers_.arm(timer); }
  void disarm(Timer& timer) override { timers_.disarm(timer); }
  void attach(Watch& watch) override;
  void modify(Watch& watch) override;
  void detach(Watch& watch) override;

 private:
  // What is left is done in the next turn: ten thousand timers due at one instant hold up no answer.
  static constexpr std::size_t kEventsPerTurn = 512;
  static constexpr std::size_t kTimersPerTurn = 128;

  int wait();
  void deliver_events();
  void run_posted();
  void control(int operation, Watch& watch);

  UniqueFd epoll_;
  UniqueFd wakeup_;
  TimerQueue timers_;
  std::array<epoll_event, kEventsPerTurn> events_{};
  int events_fetched_ = 0;  // until delivered: detach() forgets a watch among them
  MonoTime now_;
  bool stopped_ = false;
  DurationHistogram turns_;

  std::mutex posted_mutex_;
  std::vector<Task> posted_;
};

}  // namespace submeter::core
