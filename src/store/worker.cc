// SPDX-License-Identifier: Apache-2.0
#include "store/worker.h"

#include <utility>

#include "submeter/check.h"

namespace submeter::store {

Worker::Worker(Loop& loop, std::unique_ptr<QueueFile> file)
    : loop_(loop), file_(std::move(file)), thread_([this] { run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Worker::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    SUBMETER_CHECK(jobs_.size() < kMaxJobs);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Worker::run() {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    loop_.post(lifeline_.guard(job(*file_)));
  }
}

}  // namespace submeter::store
