// SPDX-License-Identifier: Apache-2.0
// A map's point made ready for one circuit of one meter: channel, unit and transformer ratios settled once.
// Pure.
#pragma once

#include <optional>
#include <string_view>

#include "meters/register_map.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::meters {

/// A map's point as one circuit uses it: the channel's address and one factor for scale, unit, CT and PT.
struct BoundPoint {
  MapPoint point;  ///< `address` is the channel's.
  Quantity quantity = Quantity::kOther;
  Decimal factor{1};  ///< published = raw × factor + offset
  Decimal offset{0};  ///< In the published unit, on the primary side.
  bool operator==(const BoundPoint&) const = default;
};

inline RegisterRange range_of(const BoundPoint& bound) {
  return range_of(bound.point);
}

/// The map's point that a published point is read from; null when the map has none. Behind a current
/// transformer that is installed the wrong way round a meter counts import as export, and quadrant 1 as 3, 2
/// as 4.
const MapPoint* source_of(const RegisterMap& map, std::string_view point,
                          const std::optional<TransformerRatio>& ct);

/// Applies channel, unit and transformer ratios exactly once: current, power and energy by the CT ratio,
/// voltage, power and energy by the PT ratio, only where the gateway applies them; and the sign of power and
/// power factor where `ct` is reversed, whoever applies its ratio. The error says what to change: a point the
/// map does not have, a channel out of range, a unit that does not measure the point, `ct` or `pt` against
/// the map's `scaled`.
Result<BoundPoint> bind_point(const RegisterMap& map, std::string_view point, int channel,
                              const std::optional<TransformerRatio>& ct,
                              const std::optional<TransformerRatio>& pt);

}  // namespace submeter::meters
