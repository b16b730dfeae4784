// SPDX-License-Identifier: Apache-2.0
#include "config/scalars.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace submeter::config {

namespace {

using std::chrono::milliseconds;

bool is_scalar(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kScalar;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kTimeUnits = {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"min", 60'000}, Unit{"h", 3'600'000},
                                   Unit{"d", 86'400'000}};
constexpr std::array kSizeUnits = {Unit{"B", 1}, Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                                   Unit{"GiB", 1ULL << 30}, Unit{"TiB", 1ULL << 40}};

/// A whole number and a unit without or with one space between; empty when it is not, or beyond 63 bits.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_unsigned(text.substr(0, digits));
  std::string_view rest = text.substr(digits);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const Unit& unit : units) {
    if (number && rest == unit.name && *number <= kMost / unit.factor) return *number * unit.factor;
  }
  return std::nullopt;
}

std::string in_words(milliseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  const Unit* best = &kTimeUnits.front();
  for (const Unit& unit : kTimeUnits) {
    if (count != 0 && count % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", count / best->factor, best->name);
}

std::string in_words(std::uint64_t bytes) {
  const Unit* best = &kSizeUnits.front();
  for (const Unit& unit : kSizeUnits) {
    if (bytes != 0 && bytes % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", bytes / best->factor, best->name);
}

}  // namespace

Error expected(std::string_view what, const YamlNode& found) {
  return {fmt::format("expected {}, found {}", what, found.describe())};
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number, base);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

Result<std::string> as_text(const YamlNode& node) {
  if (!is_scalar(node) || node.text.empty()) return expected("text", node);
  return node.text;
}

Result<bool> as_bool(const YamlNode& node) {
  return Choice<bool>{{{"true", true}, {"false", false}}}(node);
}

Result<std::string> as_id(const YamlNode& node) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kRest = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  constexpr std::size_t kLongest = 63;
  const std::string_view text = node.text;
  if (!is_scalar(node) || text.empty() || text.size() > kLongest ||
      kFirst.find(text.front()) == kFirst.npos || text.find_first_not_of(kRest) != text.npos) {
    return expected("an id: 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit", node);
  }
  return node.text;
}

Result<Decimal> as_decimal(const YamlNode& node) {
  const auto number = is_scalar(node) ? Decimal::parse(node.text) : std::nullopt;
  if (!number) return expected("a number", node);
  return *number;
}

Result<Decimal> as_positive_decimal(const YamlNode& node) {
  const auto number = is_scalar(node) ? Decimal::parse(node.text) : std::nullopt;
  if (!number || number->is_zero() || number->is_negative()) return expected("a number above 0", node);
  return *number;
}

Result<milliseconds> as_duration(const YamlNode& node) {
  const auto count = is_scalar(node) ? parse_with_unit(node.text, kTimeUnits) : std::nullopt;
  if (!count) return expected("a whole number with its unit, like 500ms, 5s, 15min, 1h or 7d", node);
  return milliseconds{static_cast<std::int64_t>(*count)};
}

Result<std::uint64_t> as_size(const YamlNode& node) {
  const auto bytes = is_scalar(node) ? parse_with_unit(node.text, kSizeUnits) : std::nullopt;
  if (!bytes) return expected("a whole number with its unit, like 64KiB, 256MiB or 2GiB", node);
  return *bytes;
}

Result<milliseconds> DurationIn::operator()(const YamlNode& node) const {
  auto duration = as_duration(node);
  if (duration && (*duration < shortest || *duration > longest)) {
    return expected(fmt::format("a duration from {} to {}", in_words(shortest), in_words(longest)), node);
  }
  return duration;
}

Result<std::uint64_t> SizeFrom::operator()(const YamlNode& node) const {
  auto size = as_size(node);
  if (size && *size < smallest) return expected(fmt::format("at least {}", in_words(smallest)), node);
  return size;
}

}  // namespace submeter::config
