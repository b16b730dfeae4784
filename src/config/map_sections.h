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

/// A scale register as written.
struct ScaleDraft {
  Located<std::string> address;
  Located<meters::Type> type{meters::Type::kInt16, {}};
  Located<meters::Table> function;
  meters::ScaleRegister::Gives gives = meters::ScaleRegister::Gives::kPowerOfTen;
  Located<bool> shared;
};

/// A register as written: what its address means depends on keys that may stand further down.
struct MapPointDraft {
  Located<std::string> name;
  Located<std::string> address;
  Located<meters::Table> function;
  Located<meters::Type> type;
  Located<std::uint16_t> length;
  Located<meters::WordOrder> order;
  Located<std::uint64_t> mask;
  Located<std::string> unit;
  Located<Decimal> scale;
  Located<Decimal> offset;
  Located<meters::PfEncoding> encoding;
  Located<std::vector<std::uint64_t>> invalid;
  Located<Decimal> modulus;
  Located<ScaleDraft> scale_from;
  Located<std::uint16_t> stride;
};

struct IdentifyDraft {
  MapPointDraft reg;
  std::vector<Located<std::string>> equals;
};

struct CtCheckDraft {
  MapPointDraft reg;
  meters::CtCheck::Gives gives = meters::CtCheck::Gives::kPrimary;
  Located<MapPointDraft> secondary;
};

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
const Section<MapPointDraft>& map_point_section();
const Section<ScaleDraft>& scale_from_section();
const Section<IdentifyDraft>& identify_section();
const Section<CtCheckDraft>& ct_check_section();
const Section<MapPointDraft>& ct_secondary_section();
const Section<meters::ReadLimits>& limits_section();
const Section<meters::RegisterMap>& map_serial_section();
const Section<meters::RegisterMap>& channels_section();

}  // namespace submeter::config
