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
    return {loop_.now(), wall_ + (loop_.now() - set_at_), synchronised, max_error, failure};
  }
  /// As settimeofday(2).
  void set_wall(UtcTime wall) {
    set_at_ = loop_.now();
    wall_ = wall;
  }

  bool synchronised = true;
  std::chrono::microseconds max_error{3000};
  std::string failure;

 private:
  Loop& loop_;
  MonoTime set_at_;
  UtcTime wall_;
};

}  // namespace submeter::test
