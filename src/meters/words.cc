// SPDX-License-Identifier: Apache-2.0
#include "meters/words.h"

#include <algorithm>

namespace submeter::meters {
namespace {

/// To ABCD and back: both permutations are their own inverse.
void reorder(std::vector<std::uint16_t>& words, WordOrder order) {
  if (order == WordOrder::kCDAB || order == WordOrder::kDCBA) std::ranges::reverse(words);
  if (order == WordOrder::kABCD || order == WordOrder::kCDAB) return;
  for (std::uint16_t& word : words) word = static_cast<std::uint16_t>(word << 8 | word >> 8);
}

}  // namespace

std::uint64_t join_words(std::span<const std::uint16_t> words, WordOrder order) {
  std::vector<std::uint16_t> ordered(words.begin(), words.end());
  reorder(ordered, order);
  std::uint64_t bits = 0;
  for (const std::uint16_t word : ordered) bits = bits << 16 | word;
  return bits;
}

std::vector<std::uint16_t> split_words(std::uint64_t bits, std::size_t count, WordOrder order) {
  std::vector<std::uint16_t> words(count);
  for (std::size_t i = count; i > 0; --i) {
    words[i - 1] = static_cast<std::uint16_t>(bits);
    bits >>= 16;
  }
  reorder(words, order);
  return words;
}

}  // namespace submeter::meters
