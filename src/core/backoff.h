// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "submeter/random.h"
#include "submeter/time.h"

namespace submeter::core {

/// How long to wait before the next try: doubles from `first` to `limit`, with full jitter (a uniform choice
/// between `first` and the current ceiling), so that a fleet that failed together does not come back
/// together.
class Backoff {
 public:
  Backoff(Random& random, Duration first, Duration limit);
  Duration next();
  /// After a success.
  void reset() { ceiling_ = first_; }

 private:
  Random& random_;
  Duration first_;
  Duration limit_;
  Duration ceiling_;
};

/// Uniform in [0, limit].
Duration jitter(Random& random, Duration limit);

}  // namespace submeter::core
