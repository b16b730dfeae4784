// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace submeter::config {

/// The comments by which a map's author has answered warnings: "# accepts gap, identify: why". At the end of
/// a line they are for that line, on a line of their own for the whole file. Pure.
class AcceptedFindings {
 public:
  explicit AcceptedFindings(std::string_view text);
  /// `line` counts from 1.
  bool has(std::string_view word, int line) const;

 private:
  static constexpr int kWholeFile = 0;
  std::set<std::pair<int, std::string>> words_;
};

}  // namespace submeter::config
