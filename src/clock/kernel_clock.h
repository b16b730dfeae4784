// SPDX-License-Identifier: Apache-2.0
// What the kernel says about time, as a seam: tests say otherwise (tests/support/fake_kernel_clock.h).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "clock/sync_view.h"
#include "submeter/time.h"

namespace submeter::clock {

class KernelClock {
 public:
  using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

  struct Reading {
    MonoTime monotonic{};
    /// At the same instant as `monotonic`, within what reading two clocks one after the other allows.
    WallTime wall{};
    /// The time that passed by the oscillator, which nobody slews, and by the sleep of a suspended machine:
    /// CLOCK_MONOTONIC_RAW, and by what CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC.
    Duration passed{};
    bool synchronised = false;  ///< STA_UNSYNC is clear.
    Duration max_error{};       ///< timex.maxerror; the kernel lets it grow by 500 ppm.
    Duration offset{};          ///< timex.offset: what is still to be slewed away.
    Leap leap = Leap::kNone;    ///< STA_INS, STA_DEL.
    std::string failure{};      ///< Why the kernel does not tell; empty when it does.
  };

  virtual ~KernelClock() = default;
  virtual Reading read() = 0;
};

/// What `reading` says of the clock. Its bound is maxerror and what is still to be slewed.
SyncView view_of(const KernelClock::Reading& reading);

/// clock_gettime(2) and adjtimex(2), which sets nothing here and needs no privilege; a sandbox that forbids
/// it (ProtectClock=, a filter without @clock) makes every reading unsynchronised, with the reason.
std::unique_ptr<KernelClock> make_kernel_clock();

}  // namespace submeter::clock
