// SPDX-License-Identifier: Apache-2.0
// The latest `ts` in each stretch of the stream: a search for late records learns from it which of the oldest
// blocks it need not even look at. Saved in the row `state`. Pure.
//
//    0     "SMT1" and a checksum as in store/sealed_bytes.h
//    8  8  last sequence of a stretch
//   16  8  latest `ts` in it, in milliseconds
//          and so on, from the oldest stretch to the newest
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::store {

class LatestTimes {
 public:
  /// Beyond it neighbours are taken together. All of them fit the page of the row, which is written anyway.
  static constexpr std::size_t kMaxStretches = 128;

  LatestTimes() = default;
  /// What encode() wrote; nothing where the bytes are something else.
  explicit LatestTimes(std::span<const std::uint8_t> bytes);
  std::vector<std::uint8_t> encode() const;

  /// The next block: what follows reached() up to `last`, none of it later than `latest`.
  void add(Sequence last, UtcTime latest);
  /// Blocks up to `through` are gone.
  void forget(Sequence through);
  Sequence reached() const { return stretches_.empty() ? Sequence{0} : stretches_.back().last; }
  /// Up to here everything is earlier than `since`.
  Sequence all_earlier(UtcTime since) const;

 private:
  struct Stretch {
    Sequence last;
    UtcTime latest{};
  };
  void join();

  std::vector<Stretch> stretches_;
  std::uint64_t length_ = 1;  // records in a stretch that takes no more
};

}  // namespace submeter::store
