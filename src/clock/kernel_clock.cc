// SPDX-License-Identifier: Apache-2.0
#include "clock/kernel_clock.h"

#include <sys/timex.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "submeter/check.h"

namespace submeter::clock {
namespace {

std::chrono::nanoseconds time_of(clockid_t clock) {
  timespec now{};
  SUBMETER_CHECK(::clock_gettime(clock, &now) == 0);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// The other times between two monotonic readings: the closest of a few, because the process may be put
/// aside in the middle of one.
void read_both(KernelClock::Reading& reading) {
  constexpr int kTries = 5;
  constexpr std::chrono::microseconds kCloseEnough{20};
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < kTries && best > kCloseEnough; ++i) {
    const auto before = time_of(CLOCK_MONOTONIC);
    const auto wall = time_of(CLOCK_REALTIME);
    const auto raw = time_of(CLOCK_MONOTONIC_RAW);
    const auto with_sleep = time_of(CLOCK_BOOTTIME);
    const auto width = time_of(CLOCK_MONOTONIC) - before;
    if (width >= best) continue;
    best = width;
    reading.monotonic = MonoTime(before + width / 2);
    reading.passed = raw + (with_sleep - reading.monotonic.time_since_epoch());
    reading.wall = std::chrono::sys_time<std::chrono::nanoseconds>(wall);
  }
}

class Adjtimex final : public KernelClock {
 public:
  Reading read() override {
    Reading reading;
    read_both(reading);
    timex state{};
    if (::adjtimex(&state) < 0) {
      reading.failure = "adjtimex: " + std::generic_category().message(errno);
      return reading;
    }
    reading.synchronised = (state.status & STA_UNSYNC) == 0;
    reading.max_error = std::chrono::microseconds(state.maxerror);
    reading.offset = (state.status & STA_NANO) != 0 ? Duration(state.offset)
                                                    : Duration(std::chrono::microseconds(state.offset));
    if ((state.status & STA_INS) != 0) reading.leap = Leap::kInsert;
    if ((state.status & STA_DEL) != 0) reading.leap = Leap::kDelete;
    return reading;
  }
};

}  // namespace

SyncView view_of(const KernelClock::Reading& reading) {
  SyncView view{.source = "kernel", .at = reading.monotonic};
  view.vouches = reading.synchronised;
  view.measured_error = std::chrono::abs(reading.offset);
  view.error_bound = reading.max_error + view.measured_error;
  view.leap = reading.leap;
  if (!reading.failure.empty()) {
    view.why_not = "does not say (" + reading.failure + "); look at: timedatectl";
  } else if (!reading.synchronised) {
    view.why_not = "no time source disciplines the clock; look at: timedatectl, chronyc tracking";
  } else {
    view.offset = -reading.offset;
  }
  return view;
}

std::unique_ptr<KernelClock> make_kernel_clock() {
  return std::make_unique<Adjtimex>();
}

}  // namespace submeter::clock
