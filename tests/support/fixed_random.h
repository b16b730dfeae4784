// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "submeter/random.h"

namespace submeter::test {

/// Chance that a test knows beforehand: the given numbers, over and over. Zeros give no jitter.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::vector<std::uint64_t> numbers = {0}) : numbers_(std::move(numbers)) {}
  std::uint64_t next() override { return numbers_[next_++ % numbers_.size()]; }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t next_ = 0;
};

}  // namespace submeter::test
