// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace submeter::simulate {

/// A well mixed number out of any other: the output function of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

/// Uniform in [0, 1).
constexpr double unit_interval(std::uint64_t mixed) {
  return static_cast<double>(mixed >> 11U) * 0x1p-53;
}

/// A seed that is the same wherever and whenever `name` is the same.
constexpr std::uint64_t seed_of(std::string_view name) {
  std::uint64_t seed = 0;
  for (const char letter : name) seed = mix(seed ^ static_cast<unsigned char>(letter));
  return seed;
}

}  // namespace submeter::simulate
