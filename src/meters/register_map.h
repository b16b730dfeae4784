// SPDX-License-Identifier: Apache-2.0
// A meter as data: which register holds what. Made from YAML by config/map_loader.h. SPEC section 3.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meters/map_point.h"
#include "submeter/decimal.h"
#include "submeter/ids.h"
#include "submeter/options.h"

namespace submeter::meters {

/// A register whose content tells the model: whatever answers otherwise is another meter.
struct Identify {
  MapPoint reg;
  std::vector<Decimal> numbers;    ///< Any of them.
  std::vector<std::string> texts;  ///< Of a string: any of them; a trailing * means "begins with".
  bool operator==(const Identify&) const = default;
};

/// Where a meter says which current transformer it was programmed for.
struct CtCheck {
  enum class Gives : std::uint8_t { kPrimary, kRatio };
  MapPoint reg;
  Gives gives = Gives::kPrimary;
  std::optional<MapPoint> secondary;
  bool operator==(const CtCheck&) const = default;
};

/// On which side of the transformers the registers count.
enum class ScaledSide : std::uint8_t { kPrimary, kSecondary };

struct ReadLimits {
  std::uint16_t max_registers = 125;
  std::optional<std::uint16_t> max_gap;  ///< Empty: by cost on the bus.
  bool gap_allowed = true;
  bool operator==(const ReadLimits&) const = default;
};

struct RegisterMap {
  std::string name;
  std::string maker;
  std::vector<std::string> models;
  std::string source;  ///< The maker's document the numbers were taken from.
  ScaledSide scaled = ScaledSide::kPrimary;
  ReadLimits limits;
  std::optional<SerialLine> serial;  ///< As delivered, where the maker says so; `device` is empty.
  int channels = 1;
  std::uint16_t channel_stride = 0;  ///< Registers from one channel to the next.
  std::vector<MapPoint> points;
  std::optional<Identify> identify;
  std::optional<CtCheck> ct_check;
  bool operator==(const RegisterMap&) const = default;

  const MapPoint* find(std::string_view point) const;
  /// `point` with the addresses that it has in a channel, from 1; empty past the last register, 65535.
  std::optional<MapPoint> at_channel(const MapPoint& point, int channel) const;
};

}  // namespace submeter::meters
