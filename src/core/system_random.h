// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "submeter/random.h"

namespace submeter::core {

/// Seeded by the operating system.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_{(std::uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
};

}  // namespace submeter::core
