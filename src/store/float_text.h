// SPDX-License-Identifier: Apache-2.0
// Decimals that came out of a meter's 32-bit float. Such a number has eight or nine digits, most of them
// noise, but only 2^32 values: its place among all floats is shorter, and neighbours are near. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/number_text.h"

namespace submeter::store {

/// Between the float and the text: the text is the float's shortest decimal divided by 10^shift (W as kW: 3).
constexpr std::uint8_t kFloatShifts[] = {0, 3};

/// The place of the float among all floats, 0 for 0.0; empty when the text is not what append_float() makes
/// of one.
std::optional<std::int64_t> float_place(const NumberText& number, std::uint8_t shift);

/// False when there is no such float, or none with a plain text.
bool append_float(std::string& out, std::int64_t place, std::uint8_t shift);

}  // namespace submeter::store
