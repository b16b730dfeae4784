// SPDX-License-Identifier: Apache-2.0
#include "tool/time_argument.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace submeter::tool {
namespace {

constexpr UtcTime kNow{std::chrono::milliseconds{1'795'212'900'127}};

/// In milliseconds since 1970; nothing where it is refused.
std::optional<std::int64_t> parsed(const std::string& text) {
  const auto argument = TimeArgument::parse(text);
  if (!argument) return std::nullopt;
  return argument->at(kNow).time_since_epoch().count();
}

// Expected: date -u -d TEXT +%s
TEST(TimeArgument, IsUtcInEveryFormOfTheCalendar) {
  EXPECT_EQ(parsed("2026-11-21"), 1'795'219'200'000);
  EXPECT_EQ(parsed("2026-11-21T12:00"), 1'795'262'400'000);
  EXPECT_EQ(parsed("2026-11-21T12:00Z"), 1'795'262'400'000);
  EXPECT_EQ(parsed("2026-11-21T12:34:56"), 1'795'264'496'000);
  EXPECT_EQ(parsed("2026-11-21T12:34:56Z"), 1'795'264'496'000);
  EXPECT_EQ(parsed("2026-11-21T12:34:56.127Z"), 1'795'264'496'127);
  EXPECT_EQ(parsed("2024-02-29"), 1'709'164'800'000);
  EXPECT_EQ(parsed("1970-01-01"), 0);
}

TEST(TimeArgument, CountsBackFromNow) {
  EXPECT_EQ(parsed("now"), 1'795'212'900'127);
  EXPECT_EQ(parsed("1ms"), 1'795'212'900'126);
  EXPECT_EQ(parsed("90s"), 1'795'212'810'127);
  EXPECT_EQ(parsed("15min"), 1'795'212'000'127);
  EXPECT_EQ(parsed("24h"), 1'795'126'500'127);
  EXPECT_EQ(parsed("7d"), 1'794'608'100'127);
}

TEST(TimeArgument, IsNothingElse) {
  for (const char* text : {"",
                           "0s",
                           "-5min",
                           "15",
                           "min",
                           "2026",
                           "2026-11",
                           "2026-11-2",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-11-31",
                           "2026-02-29",
                           "2026-11-21Z",
                           "2026-11-21T",
                           "2026-11-21T12",
                           "2026-11-21T12:60",
                           "2026-11-21T24:00",
                           "2026-11-21T12:00:60",
                           "2026-11-21 12:00",
                           "2026-11-21T12:00+01:00",
                           "2026-11-21T12:00:00.1",
                           "2026-11-21T12:00ZZ",
                           "x026-11-21",
                           "2026-11-21T12:00:00.127ZZ",
                           "1795212900",
                           "yesterday"}) {
    EXPECT_EQ(parsed(text), std::nullopt) << text;
  }
}

TEST(TimeArgument, IsRefusedAtEveryLengthButThatOfAForm) {
  const std::string whole = "2026-11-21T12:34:56.127Z";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const bool is_form =
        length == 10 || length == 16 || length == 19 || length == 23 || length == whole.size();
    EXPECT_EQ(parsed(whole.substr(0, length)).has_value(), is_form) << whole.substr(0, length);
  }
}

TEST(TimeArgument, SaysWhatItExpects) {
  EXPECT_NE(TimeArgument::parse("noon").error().message.find("'noon' is no time; expected 2026-11-21"),
            std::string::npos);
}

}  // namespace
}  // namespace submeter::tool
