// SPDX-License-Identifier: Apache-2.0
#include "meters/decoder.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>

#include "meters/words.h"
#include "submeter/check.h"

namespace submeter::meters {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

/// Empty for an unsigned number beyond 2^63 − 1; no meter of this world has counted that far.
std::optional<Decimal> from_unsigned(std::uint64_t bits) {
  if (bits > static_cast<std::uint64_t>(kInt64Max)) return std::nullopt;
  return Decimal(static_cast<std::int64_t>(bits));
}

std::optional<Decimal> raw_number(Type type, std::uint64_t bits) {
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
    case Type::kUint16:
    case Type::kUint32:
    case Type::kUint64:
      break;
  }
  return from_unsigned(bits);
}

/// IEEE 754: NaN and the infinities have every exponent bit set.
bool is_not_finite(Type type, std::uint64_t bits) {
  constexpr std::uint64_t kExponent32 = 0x7F80'0000;
  constexpr std::uint64_t kExponent64 = 0x7FF0'0000'0000'0000;
  if (type == Type::kFloat32) return (bits & kExponent32) == kExponent32;
  return type == Type::kFloat64 && (bits & kExponent64) == kExponent64;
}

/// Schneider's four-quadrant register: up to ±1 the register is the power factor; beyond, in the quadrants
/// where current leads, it is mirrored at ±1. Which of quadrants 2 and 3 is mirrored differs between manuals
/// (DOCA0005EN, PM5500 user manual), the formulas do not, and neither does the sign: that of the active
/// power.
std::optional<Decimal> from_schneider_4q(const Decimal& value) {
  if (value > Decimal(2) || value < Decimal(-2)) return std::nullopt;
  if (value > Decimal(1)) return Decimal(2).minus(value);
  if (value < Decimal(-1)) return Decimal(-2).minus(value);
  return value;
}

std::optional<Decimal> published(const BoundPoint& point, const Decimal& raw) {
  const auto scaled = raw.times(point.factor);
  const auto value = scaled ? scaled->plus(point.offset) : std::nullopt;
  const bool folded =
      point.quantity == Quantity::kPowerFactor && point.point.encoding == PfEncoding::kSchneider4q;
  return value && folded ? from_schneider_4q(*value) : value;
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

std::uint64_t raw_bits(Type type, const Decimal& raw) {
  switch (type) {
    case Type::kInt16:
      return integer_bits<std::int16_t>(raw);
    case Type::kUint16:
      return integer_bits<std::uint16_t>(raw);
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
      break;
  }
  return std::bit_cast<std::uint64_t>(raw.to_double());
}

}  // namespace

Decoded decode(const BoundPoint& point, std::span<const std::uint16_t> words) {
  const Type type = point.point.type;
  SUBMETER_CHECK(words.size() == width(type));
  const std::uint64_t bits = join_words(words, point.point.order);
  if (is_not_finite(type, bits) || std::ranges::count(point.point.invalid, bits) != 0) {
    return {Decoded::Status::kInvalid, Decimal()};
  }
  const auto raw = raw_number(type, bits);
  const auto value = raw ? published(point, *raw) : std::nullopt;
  if (!value) return {Decoded::Status::kOutOfRange, Decimal()};
  return {Decoded::Status::kValue, *value};
}

Decimal signed_power_factor(const Decimal& pf, const Decimal& power_kw) {
  return pf.is_negative() == power_kw.is_negative() ? pf : pf.negated();
}

std::vector<std::uint16_t> encode(const BoundPoint& point, const Decimal& published) {
  const bool unsigned_pf =
      point.quantity == Quantity::kPowerFactor && point.point.encoding == PfEncoding::kUnsigned;
  const Decimal wanted = unsigned_pf && published.is_negative() ? published.negated() : published;
  const auto above_offset = wanted.minus(point.offset);
  const auto raw = above_offset ? above_offset->divided_by(point.factor) : std::nullopt;
  return split_words(raw_bits(point.point.type, raw.value_or(Decimal())), width(point.point.type),
                     point.point.order);
}

}  // namespace submeter::meters
