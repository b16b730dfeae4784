// SPDX-License-Identifier: Apache-2.0
#include "store/float_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace submeter::store {
namespace {

constexpr std::int64_t kLargestPlace = 0x7F7F'FFFF;  // the largest finite float

std::optional<float> float_at(std::int64_t place) {
  if (place < -kLargestPlace || place > kLargestPlace) return std::nullopt;
  const float magnitude = std::bit_cast<float>(static_cast<std::uint32_t>(std::abs(place)));
  return place < 0 ? -magnitude : magnitude;
}

std::int64_t place_of(float value) {
  const auto magnitude = static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(std::abs(value)));
  return value < 0 ? -magnitude : magnitude;
}

/// Both sides below 10^22 and 2^53: the quotient is the nearest double, which is near enough to find the
/// float.
float nearest_float(const NumberText& number, int decimals) {
  double power = 1;
  for (int i = 0; i < std::abs(decimals); ++i) power *= 10;
  const auto mantissa = static_cast<double>(number.mantissa);
  return static_cast<float>(decimals < 0 ? mantissa * power : mantissa / power);
}

/// Digits and decimals of the shortest text that reads back as `value`.
std::optional<NumberText> shortest(float value, std::uint8_t shift) {
  constexpr std::size_t kRoom = 24;
  std::array<char, kRoom> text{};
  char* const end = std::to_chars(text.data(), text.data() + kRoom, value, std::chars_format::scientific).ptr;
  char* const mark = std::find(text.data(), end, 'e');
  NumberText number;
  int decimals = shift;
  for (const char* at = text.data(); at != mark; ++at) {
    if (*at < '0') continue;  // a sign or the point
    number.mantissa = number.mantissa * 10 + (*at - '0');
  }
  if (const char* point = std::find(text.data(), mark, '.'); point != mark) {
    decimals += static_cast<int>(mark - point) - 1;
  }
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  for (decimals -= exponent; decimals < 1; ++decimals) {
    if (number.mantissa > INT64_MAX / 10) return std::nullopt;
    number.mantissa *= 10;
  }
  if (decimals > kMostDecimals) return std::nullopt;
  if (value < 0) number.mantissa = -number.mantissa;
  number.decimals = static_cast<std::uint8_t>(decimals);
  return number;
}

}  // namespace

std::optional<std::int64_t> float_place(const NumberText& number, std::uint8_t shift) {
  if (number.decimals == 0) return std::nullopt;
  const float value = nearest_float(number, number.decimals - shift);
  if (!std::isfinite(value)) return std::nullopt;
  std::optional<NumberText> again = shortest(value, shift);
  if (!again) return std::nullopt;
  // "0.5" with its zeros left out, as parse() has it.
  while (again->decimals > 1 && again->mantissa % 10 == 0) {
    again->mantissa /= 10;
    --again->decimals;
  }
  if (*again != number) return std::nullopt;
  return place_of(value);
}

bool append_float(std::string& out, std::int64_t place, std::uint8_t shift) {
  const std::optional<float> value = float_at(place);
  const std::optional<NumberText> number = value ? shortest(*value, shift) : std::nullopt;
  if (number) append_number(out, number->mantissa, number->decimals);
  return number.has_value();
}

}  // namespace submeter::store
