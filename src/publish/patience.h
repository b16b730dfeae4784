// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <atomic>

namespace submeter::publish {

/// A bounded amount of waiting for a descriptor, for code that may block: five seconds in all, however often
/// a peer keeps it going with single bytes, and none once it is cancelled from another thread.
class Patience {
 public:
  static constexpr int kSlices = 100;
  static constexpr int kSliceMs = 50;

  explicit Patience(const std::atomic<bool>& cancelled) : cancelled_(cancelled) {}

  /// Waits for `events` (POLLIN, POLLOUT), at most `most` slices of 50 ms. False: it did not happen.
  bool wait(int fd, short events, int most = kSlices) {
    for (; most > 0 && left_ > 0 && !cancelled_; --most) {
      --left_;
      pollfd entry{fd, events, 0};
      if (::poll(&entry, 1, kSliceMs) > 0) return true;
    }
    return false;
  }

 private:
  const std::atomic<bool>& cancelled_;
  int left_ = kSlices;
};

}  // namespace submeter::publish
