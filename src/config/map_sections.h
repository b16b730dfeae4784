// SPDX-License-Identifier: Apache-2.0
// The keys of a register map file. SPEC section 3.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/register_notation.h"
#include "config/register_sections.h"
#include "config/section.h"
#include "meters/register_map.h"

namespace submeter::config {

struct MapDraft {
  meters::RegisterMap map;
  Located<std::string> name;
  std::optional<Notation> notation;
  std::optional<meters::Table> function;
  meters::WordOrder order = meters::WordOrder::kABCD;
  std::vector<MapPointDraft> points;
  std::optional<IdentifyDraft> identify;
  std::optional<CtCheckDraft> ct_check;
};

const Section<MapDraft>& map_section();
const Section<meters::ReadLimits>& limits_section();
const Section<SerialLine>& map_serial_section();
const Section<meters::RegisterMap>& channels_section();

}  // namespace submeter::config
