// SPDX-License-Identifier: Apache-2.0
#include "core/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace submeter::core {
namespace {

UniqueFd open_signals(std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  UniqueFd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

}  // namespace

Signals::Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> handler)
    : fd_(open_signals(numbers)),
      handler_(std::move(handler)),
      watch_(loop, fd_.get(), Interest::kRead, [this](Readiness) { read_all(); }) {}

void Signals::read_all() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    handler_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace submeter::core
