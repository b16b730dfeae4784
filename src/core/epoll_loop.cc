// SPDX-License-Identifier: Apache-2.0
#include "core/epoll_loop.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "submeter/check.h"

namespace submeter::core {
namespace {

MonoTime monotonic_now() {
  return MonoTime(std::chrono::steady_clock::now().time_since_epoch());
}

std::uint32_t epoll_mask(Interest interest) {
  const auto bits = static_cast<unsigned>(interest);
  return ((bits & 1U) != 0 ? std::uint32_t{EPOLLIN} : 0U) | ((bits & 2U) != 0 ? std::uint32_t{EPOLLOUT} : 0U);
}

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

}  // namespace

EpollLoop::EpollLoop()
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wakeup_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      now_(monotonic_now()) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the only one without a watch: posted tasks
  SUBMETER_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) == 0);
}

EpollLoop::~EpollLoop() = default;

void EpollLoop::run() {
  // The kernel lets a wait end 50 µs late by default: half a character of a fast serial line.
  constexpr unsigned long kSlackNanoseconds = 1;
  ::prctl(PR_SET_TIMERSLACK, kSlackNanoseconds);
  stopped_ = false;
  now_ = monotonic_now();
  while (!stopped_) {
    events_fetched_ = wait();
    now_ = monotonic_now();
    deliver_events();
    timers_.run_due(now_, kTimersPerTurn);
    run_posted();
    turns_.add(monotonic_now() - now_);
  }
}

MonoTime EpollLoop::real_now() const {
  return monotonic_now();
}

int EpollLoop::wait() {
  timespec timeout{};
  const auto earliest = timers_.earliest();
  if (earliest) {
    const auto left = std::max(*earliest - monotonic_now(), Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = (left - seconds).count();
  }
  const int count = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   earliest ? &timeout : nullptr, nullptr);
  SUBMETER_CHECK(count >= 0 || errno == EINTR);
  return std::max(count, 0);
}

void EpollLoop::deliver_events() {
  for (int i = 0; i < events_fetched_; ++i) {
    const epoll_event event = events_[static_cast<std::size_t>(i)];
    auto* watch = static_cast<Watch*>(event.data.ptr);
    if (watch == nullptr) continue;
    watch->deliver({.readable = (event.events & EPOLLIN) != 0,
                    .writable = (event.events & EPOLLOUT) != 0,
                    .hung_up = (event.events & (EPOLLHUP | EPOLLERR)) != 0});
  }
  events_fetched_ = 0;
}

void EpollLoop::post(Task task) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is awake.
  [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

void EpollLoop::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    if (posted_.empty()) return;
    tasks.swap(posted_);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto drained = ::read(wakeup_.get(), &count, sizeof count);
  }
  for (Task& task : tasks) task();
}

void EpollLoop::attach(Watch& watch) {
  control(EPOLL_CTL_ADD, watch);
}

void EpollLoop::modify(Watch& watch) {
  control(EPOLL_CTL_MOD, watch);
}

void EpollLoop::detach(Watch& watch) {
  control(EPOLL_CTL_DEL, watch);
  for (int i = 0; i < events_fetched_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
  }
}

void EpollLoop::control(int operation, Watch& watch) {
  epoll_event event{};
  event.events = epoll_mask(watch.interest());
  event.data.ptr = &watch;
  SUBMETER_CHECK(::epoll_ctl(epoll_.get(), operation, watch.fd(), &event) == 0);
}

}  // namespace submeter::core
