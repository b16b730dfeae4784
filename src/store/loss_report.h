// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "store/queue_file.h"
#include "submeter/loop.h"

namespace submeter::store {

/// Tells of evicted records: the first time at once, then once a minute with what was added. A full store
/// evicts with every commit, and a record about each would fill it with nothing else. Loop thread.
class LossReport {
 public:
  static constexpr std::chrono::seconds kInterval{60};

  LossReport(Loop& loop, std::function<void(SequenceRange)> tell);

  /// Evictions go from the oldest on, so that ranges follow each other.
  void add(SequenceRange lost);
  /// Tells what was not told yet, now.
  void flush();

 private:
  std::function<void(SequenceRange)> tell_;
  std::optional<SequenceRange> untold_;
  Timer timer_;
};

}  // namespace submeter::store
