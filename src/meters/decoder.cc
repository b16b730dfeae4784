// SPDX-License-Identifier: Apache-2.0
#include "meters/decoder.h"

#include <algorithm>
#include <optional>

#include "meters/raw_value.h"
#include "meters/scale_register.h"
#include "meters/words.h"
#include "submeter/check.h"

namespace submeter::meters {
namespace {

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

bool is_power_factor(const BoundPoint& point, PfEncoding encoding) {
  return point.quantity == Quantity::kPowerFactor && point.point.encoding == encoding;
}

std::optional<Decimal> published(const BoundPoint& point, const Decimal& raw) {
  const auto scaled = raw.times(point.factor);
  const auto value = scaled ? scaled->plus(point.offset) : std::nullopt;
  if (value && is_power_factor(point, PfEncoding::kSchneider4q)) return from_schneider_4q(*value);
  if (value && is_power_factor(point, PfEncoding::kIeee))
    return value->is_negative() ? value->negated() : *value;
  return value;
}

/// The words of `part` within those of `whole`.
std::span<const std::uint16_t> part_of(std::span<const std::uint16_t> words, const RegisterRange& whole,
                                       RegisterAddress address, std::uint16_t count) {
  return words.subspan(static_cast<std::size_t>(address.value - whole.address.value), count);
}

}  // namespace

Decoded decode(const BoundPoint& bound, std::span<const std::uint16_t> words) {
  const MapPoint& point = bound.point;
  const RegisterRange whole = range_of(point);
  SUBMETER_CHECK(words.size() == whole.count);
  const Decoded no_value{Decoded::Status::kInvalid, Decimal()};
  if (point.type == Type::kString) return no_value;
  const std::uint64_t bits = join_words(part_of(words, whole, point.address, point.width()), point.order);
  if (is_no_number(point.type, bits) || std::ranges::count(point.invalid, bits) != 0) return no_value;
  auto raw = raw_number(point.type, masked(bits, point.mask));
  if (raw && point.scale_from) {
    const ScaleRegister& scale = *point.scale_from;
    const auto said = scale_said(scale, point.order, part_of(words, whole, scale.address, width(scale.type)));
    if (!said) return no_value;
    raw = scaled_by(scale, *said, *raw);
  }
  const auto value = raw ? published(bound, *raw) : std::nullopt;
  if (!value) return {Decoded::Status::kOutOfRange, Decimal()};
  return {Decoded::Status::kValue, *value};
}

Decimal signed_power_factor(const Decimal& pf, const Decimal& power_kw) {
  return pf.is_negative() == power_kw.is_negative() ? pf : pf.negated();
}

std::vector<std::uint16_t> encode(const BoundPoint& bound, const Decimal& published, const Decimal& said) {
  const MapPoint& point = bound.point;
  const bool without_sign = is_power_factor(bound, PfEncoding::kUnsigned);
  const Decimal wanted = without_sign && published.is_negative() ? published.negated() : published;
  const auto above_offset = wanted.minus(bound.offset);
  auto raw = above_offset ? above_offset->divided_by(bound.factor) : std::nullopt;
  if (raw && point.scale_from) raw = unscaled_by(*point.scale_from, said, *raw);
  const std::uint64_t bits = point.mask == 0 ? raw_bits(point.type, raw.value_or(Decimal()))
                                             : unmasked(raw.value_or(Decimal()), point.mask);
  return split_words(bits, point.width(), point.order);
}

}  // namespace submeter::meters
