// SPDX-License-Identifier: Apache-2.0
// The armed timers of one loop, ordered by (deadline, order of arming): the production loop and its simulated
// twin share it, so that what a test saw is what a gateway does. A binary heap of pointers; each timer knows
// its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "submeter/loop.h"

namespace submeter {

class TimerQueue {
 public:
  void arm(Timer& timer);
  void disarm(Timer& timer);
  std::optional<MonoTime> earliest() const;
  /// Runs every timer that is due at `now` and was armed before this call. Returns how many ran.
  std::size_t run_due(MonoTime now);

 private:
  bool before(std::size_t a, std::size_t b) const;
  void swap(std::size_t a, std::size_t b);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  std::vector<Timer*> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace submeter
