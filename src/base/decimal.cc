// SPDX-License-Identifier: Apache-2.0
#include "submeter/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "submeter/check.h"

namespace submeter {
namespace {

__extension__ typedef unsigned __int128 Wide;

constexpr int kMaxExponent = 60;
constexpr std::uint64_t kLargestMantissa = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kEighteenDigits = 1'000'000'000'000'000'000;  // The first number of 19.

constexpr Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// The room of the intermediates: ten times anything below it still fits 128 bits, and so does a sum of two.
constexpr Wide kWideLimit = power_of_ten(37);

constexpr std::uint64_t magnitude_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

/// A number on its way to a Decimal.
struct Exact {
  bool negative = false;
  Wide magnitude = 0;
  int exponent = 0;

  /// Moves the decimal point without changing the value: down to `lowest`, or as far as the room goes.
  void widen(int lowest) {
    while (exponent > lowest && magnitude != 0 && magnitude < kWideLimit) {
      magnitude *= 10;
      --exponent;
    }
  }
};

Exact exact(const Decimal& value) {
  return {value.is_negative(), magnitude_of(value.mantissa()), value.exponent()};
}

void drop_trailing_zeros(Exact& value) {
  while (value.magnitude != 0 && value.magnitude % 10 == 0) {
    value.magnitude /= 10;
    ++value.exponent;
  }
}

void round_to_18_digits(Exact& value) {
  Wide divisor = 1;
  while (value.magnitude / divisor >= kEighteenDigits) {
    divisor *= 10;
    ++value.exponent;
  }
  const Wide remainder = value.magnitude % divisor;
  value.magnitude /= divisor;
  if (remainder != 0 && remainder >= divisor - remainder) ++value.magnitude;
}

/// `inexact`: the true magnitude is a fraction above the given one, which has more than 18 digits.
std::optional<Decimal> rounded(Exact value, bool inexact = false) {
  if (!inexact) drop_trailing_zeros(value);
  if (inexact || value.magnitude > kLargestMantissa) round_to_18_digits(value);
  drop_trailing_zeros(value);
  if (value.magnitude == 0) return Decimal();
  if (value.exponent < -kMaxExponent || value.exponent > kMaxExponent) return std::nullopt;
  const auto mantissa = static_cast<std::int64_t>(value.magnitude);
  return Decimal(value.negative ? -mantissa : mantissa, value.exponent);
}

/// The sum of numbers whose exponents differ: `low` is brought to the exponent of `high`, which was widened
/// as far as possible. What is cut off lies at least 17 digits below the last digit kept; rounding it away
/// from `high` keeps the comparison with one half right.
Exact cut_to_exponent(Exact low, const Exact& high) {
  const Wide divisor = power_of_ten(std::min(high.exponent - low.exponent, 20));
  const bool inexact = low.magnitude % divisor != 0;
  low.magnitude /= divisor;
  if (inexact && low.negative != high.negative) ++low.magnitude;
  low.exponent = high.exponent;
  return low;
}

std::optional<Decimal> sum(Exact high, Exact low) {
  if (low.magnitude == 0 || high.magnitude == 0) return rounded(low.magnitude == 0 ? high : low);
  if (high.exponent < low.exponent) std::swap(high, low);
  high.widen(low.exponent);
  low = cut_to_exponent(low, high);
  if (high.negative == low.negative)
    return rounded({high.negative, high.magnitude + low.magnitude, high.exponent});
  if (high.magnitude >= low.magnitude)
    return rounded({high.negative, high.magnitude - low.magnitude, high.exponent});
  return rounded({low.negative, low.magnitude - high.magnitude, high.exponent});
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

/// Takes the digits at the start of `text` into `value`; digits beyond the room count as zeros.
std::size_t take_digits(std::string_view& text, Exact& value, bool fraction) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    const bool fits = value.magnitude < kWideLimit;
    if (fits) value.magnitude = value.magnitude * 10 + static_cast<unsigned>(text[count] - '0');
    value.exponent += (fits ? 0 : 1) - (fraction ? 1 : 0);
    ++count;
  }
  text.remove_prefix(count);
  return count;
}

/// "e-3", "E5", or nothing.
bool take_exponent(std::string_view text, Exact& value) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  constexpr int kSane = 1'000'000;
  if (error != std::errc() || end != text.data() + text.size() || exponent < -kSane || exponent > kSane)
    return false;
  value.exponent += exponent;
  return true;
}

template <class Float>
std::optional<Decimal> shortest(Float value) {
  if (!std::isfinite(value)) return std::nullopt;
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  return Decimal::parse({text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace

Decimal::Decimal(std::int64_t mantissa, int exponent) : mantissa_(mantissa), exponent_(exponent) {
  while (mantissa_ != 0 && mantissa_ % 10 == 0) {
    mantissa_ /= 10;
    ++exponent_;
  }
  if (mantissa_ == 0) exponent_ = 0;
  SUBMETER_CHECK(exponent_ >= -kMaxExponent && exponent_ <= kMaxExponent);
}

std::optional<Decimal> Decimal::from_float(float value) {
  return shortest(value);
}

std::optional<Decimal> Decimal::from_double(double value) {
  return shortest(value);
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  constexpr std::size_t kLongest = 1000;
  if (text.size() > kLongest) return std::nullopt;
  Exact value;
  value.negative = take_sign(text);
  std::size_t digits = take_digits(text, value, false);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text, value, true);
  }
  if (digits == 0 || !take_exponent(text, value)) return std::nullopt;
  return rounded(value);
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
  return sum(exact(*this), exact(other));
}

std::optional<Decimal> Decimal::minus(const Decimal& other) const {
  Exact subtrahend = exact(other);
  subtrahend.negative = !subtrahend.negative;
  return sum(exact(*this), subtrahend);
}

std::optional<Decimal> Decimal::times(const Decimal& other) const {
  const Wide product = Wide{magnitude_of(mantissa_)} * magnitude_of(other.mantissa_);
  return rounded({is_negative() != other.is_negative(), product, exponent_ + other.exponent_});
}

std::optional<Decimal> Decimal::divided_by(const Decimal& other) const {
  if (other.is_zero()) return std::nullopt;
  // Widened to 38 digits, divided by at most 19: the quotient has at least 19, one more than is kept.
  Exact dividend = exact(*this);
  dividend.widen(std::numeric_limits<int>::min());
  const Wide divisor = magnitude_of(other.mantissa_);
  return rounded({is_negative() != other.is_negative(), dividend.magnitude / divisor,
                  dividend.exponent - other.exponent_},
                 dividend.magnitude % divisor != 0);
}

Decimal Decimal::negated() const {
  Decimal result = *this;
  const bool smallest = mantissa_ == std::numeric_limits<std::int64_t>::min();
  result.mantissa_ = smallest ? std::numeric_limits<std::int64_t>::max() : -mantissa_;
  return result;
}

double Decimal::to_double() const {
  const std::string text = std::to_string(mantissa_) + "e" + std::to_string(exponent_);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string Decimal::to_string() const {
  std::string digits = std::to_string(magnitude_of(mantissa_));
  if (exponent_ > 0) digits.append(static_cast<std::size_t>(exponent_), '0');
  const std::size_t decimals = exponent_ < 0 ? static_cast<std::size_t>(-exponent_) : 0;
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, 1, '.');
  if (decimals == 0) digits.push_back('0');
  return is_negative() ? "-" + digits : digits;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const auto sign = [](const Decimal& value) { return (value.mantissa_ > 0) - (value.mantissa_ < 0); };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  // Of two negative numbers the one with the larger magnitude is the smaller.
  Exact left = exact(a.is_negative() ? b : a);
  Exact right = exact(a.is_negative() ? a : b);
  left.widen(right.exponent);
  right.widen(left.exponent);
  // Where the room did not suffice for equal exponents, the larger exponent has the larger magnitude.
  if (left.exponent != right.exponent) return left.exponent <=> right.exponent;
  if (left.magnitude == right.magnitude) return std::strong_ordering::equal;
  return left.magnitude < right.magnitude ? std::strong_ordering::less : std::strong_ordering::greater;
}

}  // namespace submeter
