// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

#include "poll/bus_plan.h"

namespace submeter::poll {

/// A meter as the journal names it.
struct MeterName {
  MeterName(const std::string& bus, const MeterPlan& plan)
      : text(fmt::format("meter {} (unit {} on {})", plan.id, plan.unit.value, bus)),
        fields(fmt::format("bus={} meter={}", bus, plan.id)) {}

  std::string text;    ///< "meter ahu-3 (unit 9 on rs485-1)": begins a line.
  std::string fields;  ///< "bus=rs485-1 meter=ahu-3": ends it.
};

}  // namespace submeter::poll
