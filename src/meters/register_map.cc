// SPDX-License-Identifier: Apache-2.0
#include "meters/register_map.h"

#include <algorithm>

namespace submeter::meters {

std::optional<MapPoint> RegisterMap::at_channel(const MapPoint& point, int channel) const {
  constexpr int kRegisters = 65536;
  const int offset = (channel - 1) * point.stride.value_or(channel_stride);
  const auto moved = [offset](RegisterAddress address, int registers) -> std::optional<RegisterAddress> {
    const int first = address.value + offset;
    if (first + registers > kRegisters) return std::nullopt;
    return RegisterAddress{static_cast<std::uint16_t>(first)};
  };
  MapPoint result = point;
  const auto address = moved(point.address, point.width());
  if (!address) return std::nullopt;
  result.address = *address;
  if (!point.scale_from || point.scale_from->shared) return result;
  const auto scale = moved(point.scale_from->address, meters::width(point.scale_from->type));
  if (!scale) return std::nullopt;
  result.scale_from->address = *scale;
  return result;
}

const MapPoint* RegisterMap::find(std::string_view point) const {
  const auto found = std::ranges::find(points, point, &MapPoint::name);
  return found == points.end() ? nullptr : &*found;
}

}  // namespace submeter::meters
