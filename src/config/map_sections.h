// SPDX-License-Identifier: Apache-2.0
// The keys of a register map file. SPEC section 3.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/register_notation.h"
#include "config/section.h"
#include "meters/register_map.h"

namespace submeter::config {

/// A point as written: what its address means depends on keys that may stand further down.
struct MapPointDraft {
  meters::MapPoint point;
  Located<std::string> name;
  Located<std::string> address;
  Located<meters::Table> function;
  Located<meters::Type> type;
  std::optional<meters::WordOrder> order;
  Located<std::string> unit;
  Located<meters::PfEncoding> encoding;
  Located<std::vector<std::uint64_t>> invalid;
  Located<Decimal> modulus;
};

struct MapDraft {
  meters::RegisterMap map;
  Located<std::string> name;
  std::optional<Notation> notation;
  std::optional<meters::Table> function;
  meters::WordOrder order = meters::WordOrder::kABCD;
  std::vector<MapPointDraft> points;
};

const Section<MapDraft>& map_section();
const Section<MapPointDraft>& map_point_section();
const Section<meters::ReadLimits>& limits_section();
const Section<meters::RegisterMap>& map_serial_section();
const Section<meters::RegisterMap>& channels_section();

}  // namespace submeter::config
