// SPDX-License-Identifier: Apache-2.0
// What the configured readings ask of a bus, and what that costs on a serial line. Pure.
//
//   T(N) = (8 + 5 + 2N) · Tc + D + T3.5
//
// request, answer with N registers, turnaround, silence between frames.
//
// Modbus serial line spec 2.5.1.1.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::config {

/// Reading everything of one bus once, points of one meter and one interval together.
struct BusLoad {
  std::size_t requests = 0;
  std::size_t registers = 0;
  std::chrono::nanoseconds line_time{};           ///< 0 on TCP: what is behind the gateway is not known.
  std::chrono::milliseconds shortest_interval{};  ///< 0: nothing is read.
  double share = 0.0;  ///< Of the line's time, over the long run; 1.0 is all of it.
};

/// The time one read of `registers` occupies the line.
std::chrono::nanoseconds read_time(const SerialLine& line, std::uint16_t registers);

/// `meters` of other buses and those without a map in `maps` are passed over.
BusLoad estimate_load(const std::string& bus, const BusOptions& options,
                      const std::vector<MeterOptions>& meters,
                      const std::map<std::string, meters::RegisterMap>& maps);

}  // namespace submeter::config
