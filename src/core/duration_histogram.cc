// SPDX-License-Identifier: Apache-2.0
#include "core/duration_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace submeter::core {
namespace {

using std::chrono::microseconds;

// Below four microseconds a class each; then four to an octave, by the two bits behind the leading one.
std::size_t class_of(std::uint64_t micros) {
  if (micros < 4) return micros;
  const auto octave = static_cast<std::size_t>(std::bit_width(micros)) - 3;  // 4–7 µs: 0
  return 4 + 4 * octave + ((micros >> octave) & 3U);
}

/// The longest duration of a class.
microseconds end_of(std::size_t index) {
  if (index < 4) return microseconds(index);
  const std::size_t octave = (index - 4) / 4;
  const std::uint64_t leading = 4 + (index - 4) % 4;
  return microseconds(((leading + 1) << octave) - 1);
}

}  // namespace

void DurationHistogram::add(Duration duration) {
  const auto micros =
      std::max<microseconds::rep>(0, std::chrono::duration_cast<microseconds>(duration).count());
  ++counts_[std::min(class_of(static_cast<std::uint64_t>(micros)), kClasses - 1)];
  ++count_;
  longest_ = std::max(longest_, duration);
}

Duration DurationHistogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    seen += counts_[i];
    if (seen > 0 && seen >= wanted) return std::min<Duration>(end_of(i), longest_);
  }
  return longest_;
}

}  // namespace submeter::core
