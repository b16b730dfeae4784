// SPDX-License-Identifier: Apache-2.0
#include "clock/clock_set_watch.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <limits>
#include <system_error>
#include <utility>

#include "core/log.h"

namespace submeter::clock {

ClockSetWatch::ClockSetWatch(Loop& loop, std::function<void()> on_set)
    : on_set_(std::move(on_set)), timer_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!timer_.valid()) {
    core::log_warning("clock: cannot watch for clock steps ({}); a step is noticed within a second",
                      std::generic_category().message(errno));
    return;
  }
  arm();
  watch_.emplace(loop, timer_.get(), Interest::kRead, [this](Readiness) { deliver(); });
}

/// A date that never comes: the timer only ever ends because the clock was set.
void ClockSetWatch::arm() {
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::time_t>::max();
  if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) != 0) {
    core::log_warning("clock: cannot watch for clock steps ({}); a step is noticed within a second",
                      std::generic_category().message(errno));
  }
}

void ClockSetWatch::deliver() {
  std::uint64_t expirations = 0;
  const bool was_set = ::read(timer_.get(), &expirations, sizeof expirations) < 0 && errno == ECANCELED;
  if (!was_set) return;
  arm();
  on_set_();
}

}  // namespace submeter::clock
