// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace submeter::tool {

enum class Colour { kNone, kRed, kGreen, kYellow, kBold };

/// `text` in a colour where standard output is a terminal, as it is where it is a pipe.
std::string coloured(std::string_view text, Colour colour);

/// Rows of equal length under a head, columns as wide as they need; numbers to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void add(std::vector<std::string> row, Colour colour = Colour::kNone);
  /// Nothing when there are no rows.
  std::string to_string() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
  };
  std::vector<std::string> head_;
  std::vector<Row> rows_;
};

/// Tells a failure on standard error: "submeter: …".
void print_error(std::string_view message);

/// "83 ms", "12 s", "3 min", "2 h", "5 d".
std::string readable_age(double milliseconds);

/// "2026-11-21T00:40:00.127Z" of milliseconds since 1970.
std::string readable_time(long long utc_milliseconds);

}  // namespace submeter::tool
