// SPDX-License-Identifier: Apache-2.0
// What the blocks of both tables have in common: little-endian numbers behind a name of four letters and the
// CRC-32C of every byte behind it. Pure.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "submeter/result.h"

namespace submeter::store {

/// Writes a block from its front to its end.
class SealedWriter {
 public:
  /// `name`: four letters.
  explicit SealedWriter(std::string_view name);
  void put(std::unsigned_integral auto value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
  void put(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }
  /// The whole block with its checksum. Last call.
  std::vector<std::uint8_t> seal();

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Takes bytes from the front; asking for more than there is fails once and for all.
class Taker {
 public:
  explicit Taker(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number number() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof(Number));
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<Number>(value);
  }
  std::string text(std::size_t length) {
    const auto bytes = take(length);
    return {bytes.begin(), bytes.end()};
  }
  bool failed() const { return failed_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::uint8_t> take(std::size_t length) {
    failed_ = failed_ || length > rest_.size();
    if (failed_) return {};
    const auto taken = rest_.first(length);
    rest_ = rest_.subspan(length);
    return taken;
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

/// What stands behind the checksum, or why the bytes are no block of this name.
Result<Taker> open_sealed(std::span<const std::uint8_t> bytes, std::string_view name);

}  // namespace submeter::store
