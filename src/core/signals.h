// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>

#include "core/unique_fd.h"
#include "submeter/loop.h"

namespace submeter::core {

/// Signals as events of the loop (signalfd). Blocks them in the calling thread, so make it before any thread
/// starts: threads inherit the mask. Unblocks nothing when it goes.
class Signals {
 public:
  /// `handler` runs on the loop with the signal's number. Throws std::system_error.
  Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> handler);

 private:
  void read_all();

  UniqueFd fd_;
  std::function<void(int)> handler_;
  Watch watch_;
};

}  // namespace submeter::core
