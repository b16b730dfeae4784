// SPDX-License-Identifier: Apache-2.0
#include "tool/time_argument.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>

#include "tool/simulate_options.h"

namespace submeter::tool {
namespace {

using std::chrono::milliseconds;

/// 0 stands for a digit. A time of day may end with Z.
constexpr std::string_view kForms[] = {"0000-00-00", "0000-00-00T00:00", "0000-00-00T00:00:00",
                                       "0000-00-00T00:00:00.000"};

bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    return wanted == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == wanted;
  });
}

int number(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  for (const char c : at < text.size() ? text.substr(at, digits) : "") value = value * 10 + (c - '0');
  return value;
}

std::optional<UtcTime> parse_calendar(std::string_view text) {
  if (text.size() > kForms[1].size() && text.ends_with('Z')) text.remove_suffix(1);
  if (std::ranges::none_of(kForms, [text](std::string_view form) { return has_form(text, form); })) {
    return std::nullopt;
  }
  const std::chrono::year_month_day day{std::chrono::year{number(text, 0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(text, 5, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(text, 8, 2))}};
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days{day} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + milliseconds{number(text, 20, 3)};
}

}  // namespace

Result<TimeArgument> TimeArgument::parse(const std::string& text) {
  TimeArgument argument;
  if (text == "now") return argument;
  argument.at_ = parse_calendar(text);
  if (argument.at_) return argument;
  const auto back = parse_duration(text);
  if (!back || *back <= Duration::zero()) {
    return Error{
        fmt::format("'{}' is no time; expected 2026-11-21, 2026-11-21T12:00, 2026-11-21T12:00:00Z, all "
                    "UTC, or how long ago: 24h, 15min",
                    text)};
  }
  argument.back_ = std::chrono::duration_cast<milliseconds>(*back);
  return argument;
}

UtcTime TimeArgument::at(UtcTime now) const {
  return at_.value_or(now - back_);
}

}  // namespace submeter::tool
