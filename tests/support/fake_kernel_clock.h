// SPDX-License-Identifier: Apache-2.0
// The kernel's clock in virtual time: wall time follows the loop from where the test sets it.
#pragma once

#include "clock/kernel_clock.h"
#include "submeter/loop.h"

namespace submeter::test {

class FakeKernelClock final : public clock::KernelClock {
 public:
  FakeKernelClock(Loop& loop, UtcTime wall) : loop_(loop), set_at_(loop.now()), wall_(wall) {}

  Reading read() override {
    Reading reading;
    reading.monotonic = loop_.now();
    reading.wall = wall_ + (loop_.now() - set_at_);
    reading.passed = loop_.now().time_since_epoch() - slewed;
    reading.synchronised = synchronised;
    reading.max_error = max_error;
    reading.offset = offset;
    reading.leap = leap;
    reading.failure = failure;
    return reading;
  }
  /// As settimeofday(2).
  void set_wall(UtcTime wall) {
    set_at_ = loop_.now();
    wall_ = wall;
  }
  /// As settimeofday(2) by somebody who adds to what the clock shows.
  void step(Duration by) {
    const Duration run = loop_.now() - set_at_ + by;
    set_at_ = loop_.now();
    wall_ += run;
  }

  bool synchronised = true;
  Duration max_error = std::chrono::milliseconds(3);
  Duration offset{};
  Duration slewed{};
  clock::Leap leap = clock::Leap::kNone;
  std::string failure;

 private:
  Loop& loop_;
  MonoTime set_at_;
  WallTime wall_;
};

}  // namespace submeter::test
