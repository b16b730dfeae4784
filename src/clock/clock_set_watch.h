// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "core/unique_fd.h"
#include "submeter/loop.h"

namespace submeter::clock {

/// Tells at once when somebody sets the wall clock (timerfd with TFD_TIMER_CANCEL_ON_SET), where SystemClock
/// alone would notice within a second. Made by the composition root with `[&] { clock.renew(); }`; a system
/// that refuses the descriptor is logged once and leaves the second. Loop thread.
class ClockSetWatch {
 public:
  ClockSetWatch(Loop& loop, std::function<void()> on_set);

 private:
  void arm();
  void deliver();

  std::function<void()> on_set_;
  core::UniqueFd timer_;
  std::optional<Watch> watch_;
};

}  // namespace submeter::clock
