// SPDX-License-Identifier: Apache-2.0
// Bits one after another: the first in the lowest place of the first byte. Pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace submeter::store {

class BitWriter {
 public:
  /// The lowest `count` bits of `value`, which has no others; `count` ≤ 32.
  void put(std::uint64_t value, unsigned count) {
    pending_ |= value << pending_count_;
    pending_count_ += count;
    for (; pending_count_ >= 8; pending_count_ -= 8, pending_ >>= 8) {
      bytes_.push_back(static_cast<std::uint8_t>(pending_));
    }
  }
  /// Everything, the last byte filled up with zeros. Last call.
  std::vector<std::uint8_t> finish() {
    if (pending_count_ > 0) bytes_.push_back(static_cast<std::uint8_t>(pending_));
    return std::move(bytes_);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t pending_ = 0;
  unsigned pending_count_ = 0;
};

/// Asking for more than there is fails once and for all, and gives zeros.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  /// `count` ≤ 32.
  std::uint64_t take(unsigned count) {
    fill();
    const std::uint64_t value = pending_ & ((std::uint64_t{1} << count) - 1);
    drop(count);
    return value;
  }
  /// How many ones come before the next zero, `limit` < 56 at most; they and the zero are taken.
  unsigned take_ones(unsigned limit) {
    fill();
    const auto ones = static_cast<unsigned>(std::countr_one(pending_));
    if (ones >= limit) {
      drop(limit);
      return limit;
    }
    drop(ones + 1);
    return ones;
  }
  bool failed() const { return failed_; }
  /// Nothing is left but the zeros that fill up the last byte.
  bool at_end() const { return !failed_ && rest_.empty() && pending_count_ < 8 && pending_ == 0; }

 private:
  void fill() {
    for (; pending_count_ <= 56 && !rest_.empty(); pending_count_ += 8, rest_ = rest_.subspan(1)) {
      pending_ |= std::uint64_t{rest_.front()} << pending_count_;
    }
  }
  void drop(unsigned count) {
    failed_ = failed_ || count > pending_count_;
    pending_ = failed_ ? 0 : pending_ >> count;
    pending_count_ = failed_ ? 0 : pending_count_ - count;
  }

  std::span<const std::uint8_t> rest_;
  std::uint64_t pending_ = 0;
  unsigned pending_count_ = 0;
  bool failed_ = false;
};

}  // namespace submeter::store
