// SPDX-License-Identifier: Apache-2.0
// From raw registers to published values: type, word order, sentinels, power factor conventions; and back.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "meters/binding.h"
#include "submeter/decimal.h"

namespace submeter::meters {

/// What a register said.
struct Decoded {
  enum class Status : std::uint8_t {
    kValue,
    kInvalid,     ///< NaN, infinity or a sentinel of the map: the meter has no value.
    kOutOfRange,  ///< Beyond what a decimal or the encoding can hold.
  };
  Status status = Status::kInvalid;
  Decimal value;
  bool operator==(const Decoded&) const = default;
};

/// `words` are the point's registers in the order of the answer, as many as width(type). Integers decode
/// exactly; a float is taken as the shortest decimal that reads back as the same float, and scaled exactly.
Decoded decode(const BoundPoint& point, std::span<const std::uint16_t> words);

/// The sign of an unsigned power factor is that of the power read beside it (IEC: both are negative on
/// export).
Decimal signed_power_factor(const Decimal& pf, const Decimal& power_kw);

/// The raw registers that decode to the value nearest to `published`: what a simulated meter must hold.
/// Beyond the type's range, its nearest limit.
std::vector<std::uint16_t> encode(const BoundPoint& point, const Decimal& published);

}  // namespace submeter::meters
