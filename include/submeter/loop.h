// SPDX-License-Identifier: Apache-2.0
// The event loop seen by everything that waits: time, timers, file descriptors and tasks from other threads.
//
// One thread runs the loop; every callback runs on it, to completion, one after another. Timers due at the
// same instant run in the order in which they were started. now() stands still while a batch of callbacks
// runs. Only post() may be called from other threads. Production: core/epoll_loop.h; tests:
// tests/support/simulated_loop.h; both order timers with core/timer_queue.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "submeter/time.h"

namespace submeter {

class Timer;
class Watch;

class Loop {
 public:
  using Task = std::function<void()>;

  virtual ~Loop() = default;

  /// The monotonic time of the batch of callbacks being run.
  virtual MonoTime now() const = 0;
  /// The time at this very moment: for what must not be counted from before it happened, such as the silence
  /// behind a byte that has just been read by a process that had to wait for its processor.
  virtual MonoTime real_now() const = 0;
  /// Runs `task` on the loop thread, after what is already waiting. Any thread.
  virtual void post(Task task) = 0;

  // For Timer and Watch only.
  virtual void arm(Timer& timer) = 0;
  virtual void disarm(Timer& timer) = 0;
  virtual void attach(Watch& watch) = 0;
  virtual void modify(Watch& watch) = 0;
  virtual void detach(Watch& watch) = 0;
};

/// A one-shot timer. Destroying or cancelling it guarantees that its callback does not run again. The
/// callback may start, cancel or destroy its own timer. Never fires early.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces an earlier deadline. A deadline that has passed fires in the next batch.
  void start_at(MonoTime deadline);
  void start_after(Duration delay);
  void cancel();
  bool armed() const { return queue_index_ != kNotQueued; }
  MonoTime deadline() const { return deadline_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kNotQueued = SIZE_MAX;

  void fire();

  Loop& loop_;
  std::function<void()> callback_;
  MonoTime deadline_{};
  std::size_t queue_index_ = kNotQueued;
  bool* destroyed_ = nullptr;  // set while the callback runs
};

/// What a Watch waits for.
enum class Interest : std::uint8_t { kNone = 0, kRead = 1, kWrite = 2, kReadWrite = 3 };

/// What is the case on a descriptor.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;  ///< Error or hang-up; reading tells which.
};

/// Level-triggered watch on a descriptor, which it does not own and which must outlive it. Destroying it
/// guarantees that its callback does not run again, events already fetched included.
class Watch {
 public:
  Watch(Loop& loop, int fd, Interest interest, std::function<void(Readiness)> callback);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void set_interest(Interest interest);
  Interest interest() const { return interest_; }
  int fd() const { return fd_; }
  /// Called by the loop. The callback may destroy the watch.
  void deliver(Readiness readiness);

 private:
  Loop& loop_;
  int fd_;
  Interest interest_;
  std::function<void(Readiness)> callback_;
  bool* destroyed_ = nullptr;  // set while the callback runs
};

}  // namespace submeter
