// SPDX-License-Identifier: Apache-2.0
#include "meters/register_map.h"

#include <algorithm>

namespace submeter::meters {

std::uint16_t width(Type type) {
  switch (type) {
    case Type::kInt16:
    case Type::kUint16:
    case Type::kBcd16:
    case Type::kBits:
      return 1;
    case Type::kInt32:
    case Type::kUint32:
    case Type::kFloat32:
    case Type::kBcd32:
    case Type::kMod10k32:
      return 2;
    case Type::kMod10k48:
      return 3;
    case Type::kString:
      return 0;
    case Type::kInt64:
    case Type::kUint64:
    case Type::kFloat64:
    case Type::kMod10k64:
      break;
  }
  return 4;
}

bool lacks_sign(PfEncoding encoding) {
  return encoding == PfEncoding::kUnsigned || encoding == PfEncoding::kIeee;
}

RegisterRange range_of(const MapPoint& point) {
  if (!point.scale_from) return {point.table, point.address, point.width()};
  const unsigned scale = point.scale_from->address.value;
  const unsigned first = std::min<unsigned>(point.address.value, scale);
  const unsigned end =
      std::max<unsigned>(point.address.value + point.width(), scale + width(point.scale_from->type));
  return {point.table, {static_cast<std::uint16_t>(first)}, static_cast<std::uint16_t>(end - first)};
}

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
