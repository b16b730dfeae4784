// SPDX-License-Identifier: Apache-2.0
#include "core/backoff.h"

#include <algorithm>

#include "submeter/check.h"

namespace submeter::core {

Backoff::Backoff(Random& random, Duration first, Duration limit)
    : random_(random), first_(first), limit_(limit), ceiling_(first) {
  SUBMETER_CHECK(first > Duration::zero() && first <= limit);
}

Duration Backoff::next() {
  const Duration wait = first_ + jitter(random_, ceiling_ - first_);
  ceiling_ = std::min(limit_, ceiling_ * 2);
  return wait;
}

Duration jitter(Random& random, Duration limit) {
  const auto span = static_cast<std::uint64_t>(std::max<Duration::rep>(limit.count(), 0)) + 1;
  return Duration(static_cast<Duration::rep>(random.next() % span));
}

}  // namespace submeter::core
