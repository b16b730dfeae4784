// SPDX-License-Identifier: Apache-2.0
#include "meters/scale_register.h"

#include "meters/raw_value.h"
#include "meters/words.h"

namespace submeter::meters {
namespace {

Decimal power_of_ten(const Decimal& exponent) {
  return Decimal(1, static_cast<int>(exponent.to_double()));
}

}  // namespace

std::optional<Decimal> scale_said(const ScaleRegister& scale, WordOrder order,
                                  std::span<const std::uint16_t> words) {
  const std::uint64_t bits = join_words(words, order);
  if (is_no_number(scale.type, bits)) return std::nullopt;
  const auto said = raw_number(scale.type, bits);
  if (!said) return std::nullopt;
  if (scale.gives != ScaleRegister::Gives::kPowerOfTen) return *said > Decimal(0) ? said : std::nullopt;
  const bool usable = *said >= Decimal(-kLargestScaleExponent) && *said <= Decimal(kLargestScaleExponent);
  return usable ? said : std::nullopt;
}

std::optional<Decimal> scaled_by(const ScaleRegister& scale, const Decimal& said, const Decimal& raw) {
  switch (scale.gives) {
    case ScaleRegister::Gives::kPowerOfTen:
      return raw.times(power_of_ten(said));
    case ScaleRegister::Gives::kFactor:
      return raw.times(said);
    case ScaleRegister::Gives::kDivisor:
      break;
  }
  return raw.divided_by(said);
}

std::optional<Decimal> unscaled_by(const ScaleRegister& scale, const Decimal& said, const Decimal& value) {
  switch (scale.gives) {
    case ScaleRegister::Gives::kPowerOfTen:
      return value.times(power_of_ten(said.negated()));
    case ScaleRegister::Gives::kFactor:
      return value.divided_by(said);
    case ScaleRegister::Gives::kDivisor:
      break;
  }
  return value.times(said);
}

}  // namespace submeter::meters
