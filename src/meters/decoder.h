// SPDX-License-Identifier: Apache-2.0
// From raw registers to published values: type, word order, sentinels, scale, unit and transformer ratios. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meters/register_map.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::meters {

/// A map's point as one circuit uses it: the channel's address and one factor for scale, unit, CT and PT.
struct BoundPoint {
  MapPoint point;  ///< `address` is the channel's.
  Quantity quantity = Quantity::kOther;
  Decimal factor{1};  ///< published = raw × factor + offset
  Decimal offset{0};
  bool operator==(const BoundPoint&) const = default;
};

/// Applies channel, unit and transformer ratios exactly once: current, power and energy by the CT ratio, voltage,
/// power and energy by the PT ratio, only where the gateway applies them. The error names the contradiction (point the map does not have, `ct` against
/// the map's `scaled`, channel out of range).
Result<BoundPoint> bind_point(const RegisterMap& map, std::string_view point, int channel,
                              const std::optional<TransformerRatio>& ct,
                              const std::optional<TransformerRatio>& pt);

/// What a register said.
struct Decoded {
  enum class Status : std::uint8_t {
    kValue,
    kInvalid,     ///< NaN, infinity or a sentinel of the map: the meter has no value.
    kOutOfRange,  ///< Beyond what a decimal of 18 digits or the encoding can hold.
  };
  Status status = Status::kInvalid;
  Decimal value;
};

/// `words` are the point's registers in the order of the answer, as many as width(type).
Decoded decode(const BoundPoint& point, std::span<const std::uint16_t> words);

/// Gives unsigned power factors the sign of the power read beside them: call once on a circuit's values.
Decimal signed_power_factor(const Decimal& pf, const Decimal& power_kw);

/// The raw registers that decode to the value nearest to `published`: what a simulated meter must hold.
std::vector<std::uint16_t> encode(const BoundPoint& point, const Decimal& published);

}  // namespace submeter::meters
