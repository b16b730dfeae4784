// SPDX-License-Identifier: Apache-2.0
#include "submeter/loop.h"

#include <algorithm>
#include <utility>

namespace submeter {
namespace {

// A callback may destroy the object that holds it, so it runs from a local and goes back only if its owner is
// alive.
// Exceptions end before the loop begins: one that comes this far ends the process, and the store recovers.
template <class Callback, class... Args>
void run_guarded(Callback& callback, bool*& destroyed_flag, Args... args) noexcept {
  bool destroyed = false;
  destroyed_flag = &destroyed;
  Callback running = std::move(callback);
  running(args...);
  if (destroyed) return;
  callback = std::move(running);
  destroyed_flag = nullptr;
}

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> callback) : loop_(loop), callback_(std::move(callback)) {}

Timer::~Timer() {
  cancel();
  if (destroyed_ != nullptr) *destroyed_ = true;
}

void Timer::start_at(MonoTime deadline) {
  cancel();
  deadline_ = std::max(deadline, loop_.now());
  loop_.arm(*this);
}

void Timer::start_after(Duration delay) {
  start_at(loop_.now() + delay);
}

void Timer::cancel() {
  if (armed()) loop_.disarm(*this);
}

void Timer::fire() {
  run_guarded(callback_, destroyed_);
}

Watch::Watch(Loop& loop, int fd, Interest interest, std::function<void(Readiness)> callback)
    : loop_(loop), fd_(fd), interest_(interest), callback_(std::move(callback)) {
  loop_.attach(*this);
}

Watch::~Watch() {
  loop_.detach(*this);
  if (destroyed_ != nullptr) *destroyed_ = true;
}

void Watch::set_interest(Interest interest) {
  if (interest == interest_) return;
  interest_ = interest;
  loop_.modify(*this);
}

void Watch::deliver(Readiness readiness) {
  run_guarded(callback_, destroyed_, readiness);
}

}  // namespace submeter
