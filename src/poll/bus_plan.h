// SPDX-License-Identifier: Apache-2.0
// What a bus poller needs to know, made from the configuration by the composition root. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "meters/decoder.h"
#include "meters/read_plan.h"
#include "meters/register_map.h"
#include "submeter/ids.h"
#include "submeter/options.h"

namespace submeter::poll {

struct PointPlan {
  meters::BoundPoint point;
  std::chrono::milliseconds interval{};
  bool operator==(const PointPlan&) const = default;
};

struct CircuitPlan {
  std::string id;
  std::vector<PointPlan> points;
  bool operator==(const CircuitPlan&) const = default;
};

struct MeterPlan {
  std::string id;
  UnitId unit;
  meters::ReadLimits limits;
  bool aligned = true;  ///< Read at multiples of the interval, together with the others.
  std::vector<CircuitPlan> circuits;
  int phases = 3;                        ///< That it measures.
  std::optional<TransformerRatio> ct{};  ///< Applied in the points already; for checks.
  std::optional<TransformerRatio> pt{};
  std::optional<meters::CtCheck> ct_check{};  ///< Where the meter says what it was programmed for.
  bool operator==(const MeterPlan&) const = default;
};

/// All that a poller needs to know; two equal plans poll alike.
struct BusPlan {
  std::string id;
  int retries = 1;
  meters::ReadCost cost;
  std::vector<MeterPlan> meters;
  bool operator==(const BusPlan&) const = default;
};

}  // namespace submeter::poll
