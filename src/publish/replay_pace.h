// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "submeter/time.h"

namespace submeter::publish {

/// Spaces the records of a backlog so that a fleet that comes back does not flood its broker: `rate` a
/// second, and one more for every record that came meanwhile, so that a backlog shrinks at exactly that rate
/// whatever the site produces. A slot missed by less than one period is made up for.
class ReplayPace {
 public:
  /// Records a second; 0: no limit.
  explicit ReplayPace(unsigned rate)
      : period_(rate == 0 ? Duration::zero() : Duration(std::chrono::seconds(1)) / rate) {}

  bool allows(MonoTime now) const { return extra_ > 0 || now >= next_; }
  /// When allows() becomes true.
  MonoTime next() const { return next_; }
  /// One record goes out at `now`.
  void take(MonoTime now) {
    if (extra_ > 0) {
      --extra_;
    } else if (period_ > Duration::zero()) {
      next_ = std::max(next_, now - period_) + period_;
    }
  }
  void allow_extra(std::size_t records) { extra_ += records; }
  /// The backlog is gone.
  void reset() { extra_ = 0; }

 private:
  Duration period_;
  MonoTime next_{};
  std::size_t extra_ = 0;
};

}  // namespace submeter::publish
