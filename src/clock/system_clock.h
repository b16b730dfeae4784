// SPDX-License-Identifier: Apache-2.0
// The machine's clock: monotonic against wall time, and what the kernel's NTP state (adjtimex) says about it.
//
// Renews the relation of wall to monotonic time once a second and whenever the clock is set
// (TFD_TIMER_CANCEL_ON_SET). Loop thread.
#pragma once

#include <memory>

#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::clock {

/// What the kernel says; a seam so that tests can say otherwise.
class KernelClock {
 public:
  struct Reading {
    MonoTime monotonic{};
    UtcTime wall{};
    bool synchronised = false;                ///< STA_UNSYNC is clear.
    std::chrono::microseconds max_error{};    ///< timex.maxerror
  };
  virtual ~KernelClock() = default;
  virtual Reading read() = 0;
};

/// clock_gettime and adjtimex(2).
std::unique_ptr<KernelClock> make_kernel_clock();

class SystemClock final : public Clock {
 public:
  SystemClock(Loop& loop, KernelClock& kernel, const ClockOptions& options);
  ~SystemClock() override;

  Stamp stamp(MonoTime instant) const override;
  MonoTime instant_of(UtcTime time) const override;
  ClockState state() const override;
  void on_change(std::function<void()> listener) override;
  void on_step(std::function<void(const ClockStep&)> listener) override;
  std::string describe() const override;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::clock
