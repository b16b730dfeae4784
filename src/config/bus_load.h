// SPDX-License-Identifier: Apache-2.0
// What the configured readings ask of a bus, and what that costs on a serial line. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::config {

/// Reading everything of one bus once: what is due together on one meter shares requests.
struct BusLoad {
  std::size_t requests = 0;
  std::size_t registers = 0;
  std::chrono::nanoseconds line_time{};           ///< 0 on TCP: what is behind the gateway is not known.
  std::chrono::milliseconds shortest_interval{};  ///< 0: nothing is read.
  double share = 0.0;  ///< Of the line's time, over the long run; 1.0 is all of it.
};

/// `meters` of other buses and those without a map in `maps` are passed over.
BusLoad estimate_load(const std::string& bus, const BusOptions& options,
                      const std::vector<MeterOptions>& meters,
                      const std::map<std::string, meters::RegisterMap>& maps);

}  // namespace submeter::config
