// SPDX-License-Identifier: Apache-2.0
// Whose record comes next: series that take turns are told by how long each has waited. Pure.
//
//   0      the one that has waited longest
//   1      one that is new: they are numbered as they appear
//   n + 1  the n-th behind the one that has waited longest
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace submeter::store {

class Turns {
 public:
  /// `series`: one that was there, or the next that was not.
  std::int64_t tell(std::uint32_t series) {
    const auto found = std::find(waiting_.begin(), waiting_.end(), series);
    if (found == waiting_.end()) {
      waiting_.push_back(series);
      return kNew;
    }
    const auto place = found - waiting_.begin();
    to_the_end(static_cast<std::size_t>(place));
    return place == 0 ? 0 : place + 1;
  }
  /// The series, or nothing when nobody is in that place.
  std::optional<std::uint32_t> follow(std::int64_t turn) {
    if (turn == kNew) {
      waiting_.push_back(static_cast<std::uint32_t>(waiting_.size()));
    } else {
      const std::uint64_t place = turn == 0 ? 0 : static_cast<std::uint64_t>(turn) - 1;
      if (place >= waiting_.size()) return std::nullopt;
      to_the_end(place);
    }
    return waiting_.back();
  }
  std::size_t known() const { return waiting_.size(); }

 private:
  static constexpr std::int64_t kNew = 1;

  void to_the_end(std::size_t place) {
    const auto at = waiting_.begin() + static_cast<std::ptrdiff_t>(place);
    std::rotate(at, at + 1, waiting_.end());
  }

  std::vector<std::uint32_t> waiting_;  ///< The longest first.
};

}  // namespace submeter::store
