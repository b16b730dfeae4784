// SPDX-License-Identifier: Apache-2.0
// `meters:` as written, with the place of everything that is later held against buses and register maps.
// SPEC section 2.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

/// What a circuit is read at when nothing says otherwise.
inline constexpr std::chrono::milliseconds kDefaultInterval = std::chrono::seconds{60};

struct PointDraft {
  Located<std::string> name;
  std::optional<std::chrono::milliseconds> interval;
};

struct CircuitDraft {
  Located<std::string> id;
  Located<int> channel;
  std::optional<std::chrono::milliseconds> interval;
  Located<std::vector<PointDraft>> points;
  std::map<std::string, std::string> labels;
};

struct MeterDraft {
  Located<std::string> id;
  Located<std::string> bus;
  Located<UnitId> unit;
  Located<std::string> map;
  Located<std::optional<TransformerRatio>> ct;
  Located<std::optional<TransformerRatio>> pt;
  bool aligned = true;
  /// What holds for each circuit that does not say otherwise; all there is of a meter without `circuits`.
  CircuitDraft common;
  Located<std::vector<CircuitDraft>> circuits;
};

const Section<PointDraft>& point_section();
const Section<CircuitDraft>& circuit_section();
const Section<MeterDraft>& meter_section();
const Section<TransformerRatio>& transformer_section();
const Section<TransformerRatio>& current_transformer_section();

/// Adds the meters of one file.
void read_meters(const Value& value, std::vector<MeterDraft>& meters);

}  // namespace submeter::config
