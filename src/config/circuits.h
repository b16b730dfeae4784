// SPDX-License-Identifier: Apache-2.0
// The circuits of a meter: what they inherit from it, and whether its register map can serve them.
#pragma once

#include <vector>

#include "config/meter_section.h"
#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::config {

/// With `interval`, `points` and `labels` of the meter where they have none of their own; a meter without
/// `circuits` is one of the same name.
std::vector<CircuitDraft> circuits_of(const MeterDraft& meter);

CircuitOptions to_options(const CircuitDraft& circuit);

/// Reports channels and points that the map lacks, and transformer ratios that contradict it.
void check_against_map(const MeterDraft& meter, const std::vector<CircuitDraft>& circuits,
                       const meters::RegisterMap& map);

}  // namespace submeter::config
