// SPDX-License-Identifier: Apache-2.0
#include "meters/raw_value.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace submeter::meters {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

/// Types whose parts each hold one digit of a number to a base: BCD and mod-10k.
struct Digits {
  unsigned bits;  ///< Of one digit.
  std::uint64_t base;
};

std::optional<Digits> digits_of(Type type) {
  switch (type) {
    case Type::kBcd16:
    case Type::kBcd32:
      return Digits{4, 10};
    case Type::kMod10k32:
    case Type::kMod10k48:
    case Type::kMod10k64:
      return Digits{16, 10'000};
    default:
      return std::nullopt;
  }
}

std::uint64_t digit(const Digits& digits, std::uint64_t bits, unsigned position) {
  return bits >> position & ((std::uint64_t{1} << digits.bits) - 1);
}

std::uint64_t from_digits(const Digits& digits, Type type, std::uint64_t bits) {
  std::uint64_t number = 0;
  for (unsigned position = 16U * width(type); position > 0; position -= digits.bits) {
    number = number * digits.base + digit(digits, bits, position - digits.bits);
  }
  return number;
}

/// Empty for an unsigned number beyond 2^63 − 1; no meter of this world has counted that far.
std::optional<Decimal> from_unsigned(std::uint64_t bits) {
  if (bits > static_cast<std::uint64_t>(kInt64Max)) return std::nullopt;
  return Decimal(static_cast<std::int64_t>(bits));
}

/// Half away from zero: what is dropped is at least one half exactly when its first digit is 5 or more.
std::int64_t rounded_within(const Decimal& value, std::int64_t lowest, std::int64_t highest) {
  if (value <= Decimal(lowest)) return lowest;
  if (value >= Decimal(highest)) return highest;
  std::int64_t whole = value.mantissa();
  for (int i = value.exponent(); i > 0; --i) whole *= 10;
  std::int64_t first_dropped = 0;
  for (int i = value.exponent(); i < 0; ++i) {
    first_dropped = whole % 10;
    whole /= 10;
  }
  return whole + (first_dropped >= 5 ? 1 : 0) - (first_dropped <= -5 ? 1 : 0);
}

std::uint64_t to_digits(const Digits& digits, Type type, const Decimal& raw) {
  std::uint64_t limit = 1;
  for (unsigned position = 0; position < 16U * width(type); position += digits.bits) limit *= digits.base;
  auto rest = static_cast<std::uint64_t>(rounded_within(raw, 0, static_cast<std::int64_t>(limit - 1)));
  std::uint64_t bits = 0;
  for (unsigned position = 0; position < 16U * width(type); position += digits.bits) {
    bits |= rest % digits.base << position;
    rest /= digits.base;
  }
  return bits;
}

template <class Integer>
std::uint64_t integer_bits(const Decimal& raw) {
  constexpr auto kHighest = static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
  return static_cast<std::uint64_t>(
      rounded_within(raw, std::numeric_limits<Integer>::min(),
                     static_cast<std::int64_t>(std::min<std::uint64_t>(kHighest, kInt64Max))));
}

std::uint64_t float_bits(const Decimal& raw) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return std::bit_cast<std::uint32_t>(static_cast<float>(std::clamp(raw.to_double(), -kLargest, kLargest)));
}

/// IEEE 754: NaN and the infinities have every exponent bit set.
bool is_not_finite(Type type, std::uint64_t bits) {
  constexpr std::uint64_t kExponent32 = 0x7F80'0000;
  constexpr std::uint64_t kExponent64 = 0x7FF0'0000'0000'0000;
  if (type == Type::kFloat32) return (bits & kExponent32) == kExponent32;
  return type == Type::kFloat64 && (bits & kExponent64) == kExponent64;
}

}  // namespace

bool is_no_number(Type type, std::uint64_t bits) {
  const auto digits = digits_of(type);
  if (!digits) return type == Type::kString || is_not_finite(type, bits);
  for (unsigned position = 0; position < 16U * width(type); position += digits->bits) {
    if (digit(*digits, bits, position) >= digits->base) return true;
  }
  return false;
}

std::optional<Decimal> raw_number(Type type, std::uint64_t bits) {
  if (const auto digits = digits_of(type)) return from_unsigned(from_digits(*digits, type, bits));
  switch (type) {
    case Type::kInt16:
      return Decimal(static_cast<std::int16_t>(bits));
    case Type::kInt32:
      return Decimal(static_cast<std::int32_t>(bits));
    case Type::kInt64:
      return Decimal(static_cast<std::int64_t>(bits));
    case Type::kFloat32:
      return Decimal::from_float(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case Type::kFloat64:
      return Decimal::from_double(std::bit_cast<double>(bits));
    default:
      return from_unsigned(bits);
  }
}

std::uint64_t raw_bits(Type type, const Decimal& raw) {
  if (const auto digits = digits_of(type)) return to_digits(*digits, type, raw);
  switch (type) {
    case Type::kInt16:
      return integer_bits<std::int16_t>(raw);
    case Type::kInt32:
      return integer_bits<std::int32_t>(raw);
    case Type::kUint32:
      return integer_bits<std::uint32_t>(raw);
    case Type::kInt64:
      return integer_bits<std::int64_t>(raw);
    case Type::kUint64:
      return integer_bits<std::uint64_t>(raw);
    case Type::kFloat32:
      return float_bits(raw);
    case Type::kFloat64:
      return std::bit_cast<std::uint64_t>(raw.to_double());
    default:
      return integer_bits<std::uint16_t>(raw);
  }
}

std::uint64_t masked(std::uint64_t bits, std::uint64_t mask) {
  return mask == 0 ? bits : (bits & mask) >> std::countr_zero(mask);
}

std::uint64_t unmasked(const Decimal& raw, std::uint64_t mask) {
  const auto most = std::min<std::uint64_t>(mask >> std::countr_zero(mask), kInt64Max);
  const auto number = static_cast<std::uint64_t>(rounded_within(raw, 0, static_cast<std::int64_t>(most)));
  return number << std::countr_zero(mask) & mask;
}

}  // namespace submeter::meters
