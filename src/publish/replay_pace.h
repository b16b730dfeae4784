// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "submeter/time.h"

namespace submeter::publish {

/// Spaces the records of a backlog so that a fleet that comes back does not flood its broker: `rate` a
/// second, whatever the site produces meanwhile. A slot missed by less than one message is made up for.
class ReplayPace {
 public:
  /// Records a second; 0: no limit.
  explicit ReplayPace(unsigned rate)
      : period_(rate == 0 ? Duration::zero() : Duration(std::chrono::seconds(1)) / rate) {}

  bool allows(MonoTime now) const { return now >= next_; }
  /// When allows() becomes true.
  MonoTime next() const { return next_; }
  /// A message of so many records goes out at `now`.
  void take(MonoTime now, std::size_t records) {
    const Duration span = period_ * static_cast<Duration::rep>(records);
    next_ = std::max(next_, now - span) + span;
  }

 private:
  Duration period_;
  MonoTime next_{};
};

}  // namespace submeter::publish
