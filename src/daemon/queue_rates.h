// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "submeter/time.h"

namespace submeter::daemon {

/// How fast records came into the queue and were delivered from it over the last minute, from totals noted
/// every few seconds. Loop thread.
class QueueRates {
 public:
  static constexpr Duration kSpan = std::chrono::minutes{1};

  struct Totals {
    std::uint64_t recorded = 0;
    std::uint64_t delivered = 0;
  };
  struct Rates {
    double recorded = 0;   ///< Per second.
    double delivered = 0;  ///< Per second.
    Duration over{};       ///< The time they were measured over, about kSpan at most.
  };

  void note(MonoTime now, Totals totals);
  /// Up to `now`; nothing while there is no second to look back on.
  std::optional<Rates> rates(MonoTime now, Totals totals) const;

 private:
  struct Look {
    MonoTime at;
    Totals totals;
  };
  std::deque<Look> looks_;  ///< The first is kSpan old or older as soon as there is one.
};

}  // namespace submeter::daemon
