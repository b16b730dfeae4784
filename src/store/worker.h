// SPDX-License-Identifier: Apache-2.0
// The store thread. Owns the queue's file; runs jobs on it one after another and sends each job's answer to
// the loop. Knows nothing of what the jobs do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "core/lifeline.h"
#include "store/queue_file.h"
#include "submeter/loop.h"

namespace submeter::store {

class Worker {
 public:
  /// Runs on the loop.
  using Answer = std::function<void()>;
  /// Runs on the store thread, once.
  using Job = std::function<Answer(QueueFile&)>;

  /// Jobs that wait or run: one group commit and a few readers, each of whom waits for his answer.
  static constexpr std::size_t kMaxJobs = 64;

  /// Throws std::system_error when the system has no threads left.
  Worker(Loop& loop, std::unique_ptr<QueueFile> file);
  /// Finishes the jobs it was given and ends the thread; answers not yet run are forgotten.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Loop thread.
  void submit(Job job);

 private:
  void run();

  Loop& loop_;
  core::Lifeline lifeline_;
  std::unique_ptr<QueueFile> file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace submeter::store
