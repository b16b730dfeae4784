// SPDX-License-Identifier: Apache-2.0
#include "tool/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <utility>

namespace submeter::tool {
namespace {

const char* escape(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "\033[31m";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kBold:
      return "\033[1m";
    case Colour::kNone:
      break;
  }
  return "";
}

// Counts characters, not bytes: "µs" and "–" take one column a character.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  }));
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         (std::isdigit(static_cast<unsigned char>(text.front())) != 0 || text.front() == '-');
}

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string fill(width - std::min(width, columns(text)), ' ');
  return to_the_right ? fill + text : text + fill;
}

}  // namespace

std::string coloured(std::string_view text, Colour colour) {
  if (colour == Colour::kNone || ::isatty(STDOUT_FILENO) == 0) return std::string(text);
  return fmt::format("{}{}\033[0m", escape(colour), text);
}

void Table::add(std::vector<std::string> row, Colour colour) {
  row.resize(head_.size());
  rows_.push_back({std::move(row), colour});
}

std::string Table::to_string() const {
  if (rows_.empty()) return {};
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& cells, Colour colour) {
    std::string line;
    for (std::size_t column = 0; column < head_.size(); ++column) {
      std::size_t width = columns(head_[column]);
      for (const Row& row : rows_) width = std::max(width, columns(row.cells[column]));
      const bool to_the_right = std::all_of(rows_.begin(), rows_.end(), [column](const Row& row) {
        return row.cells[column].empty() || is_number(row.cells[column]);
      });
      if (column > 0) line += "  ";
      line += padded(cells[column], width, to_the_right);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += coloured(line, colour) + "\n";
  };
  add_line(head_, Colour::kBold);
  for (const Row& row : rows_) add_line(row.cells, row.colour);
  return text;
}

void print_error(std::string_view message) {
  std::fflush(stdout);
  std::fprintf(stderr, "submeter: %.*s\n", static_cast<int>(message.size()), message.data());
}

std::string readable_age(double milliseconds) {
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  const double seconds = milliseconds / 1000;
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 48.0 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

std::string readable_time(long long utc_milliseconds) {
  const auto seconds = static_cast<std::time_t>(utc_milliseconds / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, utc_milliseconds % 1000);
}

}  // namespace submeter::tool
