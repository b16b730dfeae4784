// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "submeter/time.h"

namespace submeter::publish {

/// Percentiles over the newest durations.
class LatencyWindow {
 public:
  static constexpr std::size_t kSize = 256;

  void add(Duration latency) {
    newest_[added_ % kSize] = latency;
    ++added_;
  }
  /// `percent` in 0…100, nearest rank; zero before the first.
  Duration percentile(unsigned percent) const {
    const std::size_t count = std::min(added_, kSize);
    if (count == 0) return Duration::zero();
    auto sorted = newest_;
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
    return sorted[std::max<std::size_t>((count * percent + 99) / 100, 1) - 1];
  }

 private:
  std::array<Duration, kSize> newest_{};
  std::size_t added_ = 0;
};

}  // namespace submeter::publish
