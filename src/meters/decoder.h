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
    kInvalid,     ///< No number, a sentinel of the map, or an unusable scale: the meter has no value.
    kOutOfRange,  ///< Beyond what a decimal or the encoding can hold.
  };
  Status status = Status::kInvalid;
  Decimal value;
  bool operator==(const Decoded&) const = default;
};

/// `words` are those of range_of(point) in the order of the answer. Integers decode exactly; a float is taken
/// as the shortest decimal that reads back as the same float, and scaled exactly. A string has no value here:
/// see text_register.h.
Decoded decode(const BoundPoint& point, std::span<const std::uint16_t> words);

/// A power factor that lacks_sign() takes that of the power read beside it (IEC: both are negative on
/// export).
Decimal signed_power_factor(const Decimal& pf, const Decimal& power_kw);

/// The registers of the value, without its scale register, which says `scale_said`: what a simulated meter
/// must hold to mean the value nearest to `published`. Beyond the type's range, its nearest limit. An ieee
/// power factor is given as the register has it, negative where current lags.
std::vector<std::uint16_t> encode(const BoundPoint& point, const Decimal& published,
                                  const Decimal& scale_said = Decimal());

}  // namespace submeter::meters
