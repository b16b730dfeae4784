// SPDX-License-Identifier: Apache-2.0
// The four ways in which makers write register numbers, and the one in which they go over the wire. SPEC
// section 3.
//
//   PDU 52 = one-based 53 = 30053 (input) or 40053 (holding) = 300053 or 400053
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "meters/register_map.h"
#include "submeter/ids.h"
#include "submeter/result.h"

namespace submeter::config {

enum class Notation : std::uint8_t { kPdu, kOneBased, kModicon5, kModicon6 };

struct RegisterNumber {
  RegisterAddress address;
  std::optional<meters::Table> table;  ///< Said by the leading digit of the two Modicon notations.
};

/// The error says which numbers the notation has.
Result<RegisterNumber> parse_register(std::string_view text, Notation notation);

}  // namespace submeter::config
