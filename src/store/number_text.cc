// SPDX-License-Identifier: Apache-2.0
#include "store/number_text.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace submeter::store {
namespace {

constexpr std::size_t kMostDigits = 18;  // any number of so many digits has room

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

}  // namespace

std::optional<NumberText> NumberText::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t whole = count_digits(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) return std::nullopt;
  std::string_view decimals;
  if (whole < text.size()) {
    decimals = text.substr(whole + 1);
    if (text[whole] != '.' || decimals.empty() || count_digits(decimals) != decimals.size())
      return std::nullopt;
    if (decimals.size() > 1 && decimals.back() == '0') return std::nullopt;
  }
  if (whole + decimals.size() > kMostDigits) return std::nullopt;
  std::int64_t mantissa = 0;
  for (const std::string_view digits : {text.substr(0, whole), decimals}) {
    for (const char digit : digits) mantissa = mantissa * 10 + (digit - '0');
  }
  if (negative && mantissa == 0) return std::nullopt;
  return NumberText{negative ? -mantissa : mantissa, static_cast<std::uint8_t>(decimals.size())};
}

std::optional<std::int64_t> NumberText::with_decimals(std::uint8_t more) const {
  std::int64_t result = mantissa;
  for (std::uint8_t i = decimals; i < more; ++i) {
    if (result > INT64_MAX / 10 || result < INT64_MIN / 10) return std::nullopt;
    result *= 10;
  }
  return result;
}

void append_number(std::string& out, std::int64_t mantissa, std::uint8_t decimals) {
  constexpr std::size_t kRoom = 24;
  const auto magnitude = static_cast<std::uint64_t>(mantissa);
  std::array<char, kRoom> digits{};
  const auto written =
      std::to_chars(digits.data(), digits.data() + digits.size(), mantissa < 0 ? 0 - magnitude : magnitude);
  std::string_view all(digits.data(), static_cast<std::size_t>(written.ptr - digits.data()));
  if (mantissa < 0) out += '-';
  if (decimals == 0) {
    out += all;
    return;
  }
  if (all.size() <= decimals) {
    out += "0.";
    out.append(decimals - all.size(), '0');
  } else {
    (out += all.substr(0, all.size() - decimals)) += '.';
    all.remove_prefix(all.size() - decimals);
  }
  out += all;
  const std::size_t point = out.size() - decimals - 1;
  const std::size_t last = out.find_last_not_of('0');
  out.resize(last == point ? point + 2 : last + 1);
}

}  // namespace submeter::store
