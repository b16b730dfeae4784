// SPDX-License-Identifier: Apache-2.0
// What a register beside the value makes of it: a power of ten as in SunSpec, a factor or a divisor. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "meters/register_map.h"
#include "submeter/decimal.h"

namespace submeter::meters {

/// SunSpec's scale factors lie within ±10; one beyond is not scaled by, 0x8000 (not implemented) included.
inline constexpr int kLargestScaleExponent = 10;

/// What the register says, from its own words; empty where nothing can be scaled by it: a power of ten beyond
/// ±10, a factor or divisor of 0 or below, no number.
std::optional<Decimal> scale_said(const ScaleRegister& scale, WordOrder order,
                                  std::span<const std::uint16_t> words);
/// The raw value scaled by what was said, exactly; empty beyond what a decimal holds.
std::optional<Decimal> scaled_by(const ScaleRegister& scale, const Decimal& said, const Decimal& raw);
/// The inverse.
std::optional<Decimal> unscaled_by(const ScaleRegister& scale, const Decimal& said, const Decimal& value);

}  // namespace submeter::meters
