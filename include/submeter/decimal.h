// SPDX-License-Identifier: Apache-2.0
// Exact decimal numbers: what a register says, in the unit a bill needs, without binary noise.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace submeter {

/// mantissa × 10^exponent, normalised (no trailing zero in the mantissa; zero is 0 × 10^0). Value type, no
/// heap. Range: any mantissa of 64 bits, exponents −60…60. Arithmetic is exact where the exact result has 18
/// digits and rounds half away from zero to at least 18 digits where it has more; a result outside the range
/// is empty.
class Decimal {
 public:
  constexpr Decimal() = default;
  /// A number beyond the range is a programming error; parse() takes what comes from outside.
  Decimal(std::int64_t mantissa, int exponent = 0);

  /// The shortest decimal that reads back as the same float. Empty for NaN, infinities and beyond the range.
  static std::optional<Decimal> from_float(float value);
  static std::optional<Decimal> from_double(double value);
  /// "-12.5", "1e-3". Empty if it is not a number, or beyond the range.
  static std::optional<Decimal> parse(std::string_view text);

  std::int64_t mantissa() const { return mantissa_; }
  int exponent() const { return exponent_; }
  bool is_zero() const { return mantissa_ == 0; }
  bool is_negative() const { return mantissa_ < 0; }

  std::optional<Decimal> plus(const Decimal& other) const;
  std::optional<Decimal> minus(const Decimal& other) const;
  std::optional<Decimal> times(const Decimal& other) const;
  std::optional<Decimal> divided_by(const Decimal& other) const;  ///< Empty when `other` is zero.
  Decimal negated() const;  ///< Of −2^63 the 19th digit is off by one: 2^63 has no 64-bit mantissa.

  double to_double() const;
  /// Plain notation as JSON takes it, always with a decimal point: "48211.36", "0.0", "-3.0".
  std::string to_string() const;

  friend bool operator==(const Decimal&, const Decimal&) = default;
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

 private:
  std::int64_t mantissa_ = 0;
  std::int32_t exponent_ = 0;
};

}  // namespace submeter
