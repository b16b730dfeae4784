// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "submeter/time.h"

namespace submeter::core {

/// How often what took how long: from 1 µs to an hour in classes a quarter of an octave wide, in a kilobyte.
class DurationHistogram {
 public:
  /// Less than a microsecond, negative ones too, counts as none.
  void add(Duration duration);
  std::uint64_t count() const { return count_; }
  Duration longest() const { return longest_; }
  /// What `share`, 0…1, of the durations did not exceed; up to a quarter too long. Zero without any.
  Duration quantile(double share) const;

 private:
  static constexpr std::size_t kClasses = 128;

  std::array<std::uint64_t, kClasses> counts_{};
  std::uint64_t count_ = 0;
  Duration longest_{};
};

}  // namespace submeter::core
