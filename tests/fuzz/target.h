// SPDX-License-Identifier: Apache-2.0
// What a fuzz target is made of. One target a file, linked with libFuzzer or with replay.cc; a broken
// invariant stops the process through SUBMETER_CHECK.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "submeter/check.h"

/// libFuzzer's name for it; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace submeter::fuzz {

/// Takes decisions out of an input's first bytes; zeros when it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::uint16_t word() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

/// Cuts bytes into chunks of 1 to 16, as the seed has it.
class Chunks {
 public:
  Chunks(std::span<const std::uint8_t> bytes, std::uint8_t seed) : rest_(bytes), state_(seed) {}

  bool done() const { return rest_.empty(); }
  std::span<const std::uint8_t> next() {
    state_ = state_ * 1'664'525U + 1'013'904'223U;
    const auto chunk = rest_.first(std::min<std::size_t>(rest_.size(), 1 + (state_ >> 28)));
    rest_ = rest_.subspan(chunk.size());
    return chunk;
  }

 private:
  std::span<const std::uint8_t> rest_;
  std::uint32_t state_;
};

}  // namespace submeter::fuzz
