// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace submeter {

/// Chance for jitter and names; never for secrets. Tests give a fixed sequence.
class Random {
 public:
  virtual ~Random() = default;
  /// Uniform over all 64-bit numbers.
  virtual std::uint64_t next() = 0;
};

}  // namespace submeter
