// SPDX-License-Identifier: Apache-2.0
#include "meters/register_map.h"

#include <algorithm>

namespace submeter::meters {

std::uint16_t width(Type type) {
  switch (type) {
    case Type::kInt16:
    case Type::kUint16:
      return 1;
    case Type::kInt32:
    case Type::kUint32:
    case Type::kFloat32:
      return 2;
    case Type::kInt64:
    case Type::kUint64:
    case Type::kFloat64:
      break;
  }
  return 4;
}

const MapPoint* RegisterMap::find(std::string_view point) const {
  const auto found = std::ranges::find(points, point, &MapPoint::name);
  return found == points.end() ? nullptr : &*found;
}

}  // namespace submeter::meters
