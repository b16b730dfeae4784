// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "publish/packing.h"
#include "submeter/result.h"

namespace submeter::publish {

/// Counts how often in a row a connection was lost when nothing but one and the same message was
/// unacknowledged, and makes a reason of it.
class LossSuspect {
 public:
  /// Losses from which on a batch is halved each time: it may be too large for the broker.
  static constexpr unsigned kHalve = 2;
  /// Losses after which it is no accident.
  static constexpr unsigned kSure = 3;

  /// A connection was lost with only `message` unacknowledged. What to say instead of `reason`; halves the
  /// batches of `packing` where that may help.
  Error lost(const Message& message, Packing& packing, const Error& reason);
  /// Something was acknowledged, or a connection was lost in another way.
  void clear() { losses_ = 0; }

 private:
  Sequence first_;
  unsigned losses_ = 0;
};

}  // namespace submeter::publish
