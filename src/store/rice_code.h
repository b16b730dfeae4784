// SPDX-License-Identifier: Apache-2.0
// Rice's code for numbers that are mostly small: value / 2^k in ones and a zero, then k bits. k follows the
// values that went before, as in JPEG-LS (ITU-T T.87, A.5): what has been learnt is not written. Pure.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "store/bit_stream.h"

namespace submeter::store {

/// One for each kind of number, the same on both sides.
class RiceCode {
 public:
  void put(BitWriter& out, std::uint64_t value) {
    const unsigned k = parameter();
    const std::uint64_t ones = value >> k;
    if (ones < kMostOnes) {
      out.put((std::uint64_t{1} << ones) - 1, static_cast<unsigned>(ones) + 1);
      out.put(value & ((std::uint64_t{1} << k) - 1), k);
    } else {
      put_whole(out, value);
    }
    learn(value);
  }
  std::uint64_t take(BitReader& in) {
    const unsigned k = parameter();
    const unsigned ones = in.take_ones(kMostOnes);
    const std::uint64_t value = ones < kMostOnes ? (std::uint64_t{ones} << k) | in.take(k) : take_whole(in);
    learn(value);
    return value;
  }

 private:
  static constexpr unsigned kMostOnes = 24;  ///< That many stand for a value that is written whole.
  static constexpr unsigned kWidthBits = 6;
  static constexpr std::uint64_t kLargestLearnt = std::uint64_t{1} << 40;
  static constexpr std::uint64_t kMemory = 32;  ///< Values after which the older half counts half.
  static constexpr unsigned kLargestParameter = 32;

  unsigned parameter() const {
    unsigned k = 0;
    while (k < kLargestParameter && (count_ << k) < sum_) ++k;
    return k;
  }
  void learn(std::uint64_t value) {
    sum_ += std::min(value, kLargestLearnt);
    if (++count_ < kMemory) return;
    sum_ /= 2;
    count_ /= 2;
  }
  static void put_whole(BitWriter& out, std::uint64_t value) {
    const auto width = std::max(1U, static_cast<unsigned>(std::bit_width(value)));
    out.put((std::uint64_t{1} << kMostOnes) - 1, kMostOnes);
    out.put(width - 1, kWidthBits);
    const unsigned low = std::min(width, 32U);
    out.put(value & ((std::uint64_t{1} << low) - 1), low);
    if (width > low) out.put(value >> low, width - low);
  }
  static std::uint64_t take_whole(BitReader& in) {
    const auto width = static_cast<unsigned>(in.take(kWidthBits)) + 1;
    const unsigned low = std::min(width, 32U);
    const std::uint64_t value = in.take(low);
    return width > low ? value | in.take(width - low) << low : value;
  }

  std::uint64_t sum_ = 8;
  std::uint64_t count_ = 1;
};

}  // namespace submeter::store
