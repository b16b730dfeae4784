// SPDX-License-Identifier: Apache-2.0
// The armed timers of one loop, ordered by (deadline, order of arming): the production loop and its simulated
// twin share it, so that what a test saw is what a gateway does. A binary heap whose entries hold what they
// are ordered by, so that sorting ten thousand timers touches none of them; each timer knows its place.
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
  /// Runs the timers that are due at `now` and were armed before this call, `most` of them. Returns how many
  /// ran.
  std::size_t run_due(MonoTime now, std::size_t most = SIZE_MAX);

 private:
  struct Entry {
    MonoTime deadline{};
    std::uint64_t order = 0;
    Timer* timer = nullptr;
    bool before(const Entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };

  void put(std::size_t index, const Entry& entry);
  void sift_up(std::size_t hole, const Entry& entry);
  void sift_down(std::size_t hole, const Entry& entry);

  std::vector<Entry> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace submeter
