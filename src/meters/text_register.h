// SPDX-License-Identifier: Apache-2.0
// The text of string registers: two ASCII characters a register, the registers ascending whatever the word
// order of numbers is; BADC and DCBA swap the two. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meters/register_map.h"

namespace submeter::meters {

/// Up to the first NUL, without spaces around it. Empty where nothing is left or a character is not printable
/// ASCII: registers that were never filled (0xFFFF) hold no text.
std::optional<std::string> text_of(const MapPoint& point, std::span<const std::uint16_t> words);
/// The registers of a simulated meter: `text` as far as it fits, filled with NUL.
std::vector<std::uint16_t> words_of(const MapPoint& point, std::string_view text);

}  // namespace submeter::meters
