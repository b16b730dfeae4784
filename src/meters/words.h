// SPDX-License-Identifier: Apache-2.0
// The bytes of a value and the registers they lie in. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "meters/map_point.h"

namespace submeter::meters {

/// The value's bits, right-aligned, from one to four registers in the order of the answer.
std::uint64_t join_words(std::span<const std::uint16_t> words, WordOrder order);
/// The inverse: the lowest `count` × 16 bits of `bits`.
std::vector<std::uint16_t> split_words(std::uint64_t bits, std::size_t count, WordOrder order);

}  // namespace submeter::meters
