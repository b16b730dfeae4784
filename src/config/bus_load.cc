// SPDX-License-Identifier: Apache-2.0
#include "config/bus_load.h"

#include <vector>

#include "meters/read_plan.h"

namespace submeter::config {

namespace {

using meters::RegisterRange;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The registers of a meter that are due together, for each of its intervals.
std::map<milliseconds, std::vector<RegisterRange>> by_interval(const MeterOptions& meter,
                                                               const meters::RegisterMap& map) {
  std::map<milliseconds, std::vector<RegisterRange>> due;
  for (const CircuitOptions& circuit : meter.circuits) {
    const auto channel = static_cast<unsigned>(circuit.channel - 1) * map.channel_stride;
    for (const PointOptions& wanted : circuit.points) {
      const meters::MapPoint* point = map.find(wanted.name);
      if (point == nullptr) continue;
      const RegisterAddress address{static_cast<std::uint16_t>(point->address.value + channel)};
      due[wanted.interval].push_back({point->table, address, meters::width(point->type)});
    }
  }
  return due;
}

void add_meter(const MeterOptions& meter, const meters::RegisterMap& map, const BusOptions& bus,
               BusLoad& load) {
  const meters::ReadCost cost = meters::read_cost(bus);
  for (const auto& [interval, wanted] : by_interval(meter, map)) {
    const std::vector<RegisterRange> plan = meters::plan_reads(wanted, map.limits, cost);
    load.requests += plan.size();
    for (const RegisterRange& range : plan) load.registers += range.count;
    if (load.shortest_interval == milliseconds{} || interval < load.shortest_interval)
      load.shortest_interval = interval;
    if (bus.serial_line() == nullptr) continue;
    const nanoseconds time = cost.of(plan);
    load.line_time += time;
    load.share += static_cast<double>(time.count()) / static_cast<double>(nanoseconds{interval}.count());
  }
}

}  // namespace

BusLoad estimate_load(const std::string& bus, const BusOptions& options,
                      const std::vector<MeterOptions>& meters,
                      const std::map<std::string, meters::RegisterMap>& maps) {
  BusLoad load;
  for (const MeterOptions& meter : meters) {
    const auto map = maps.find(meter.map);
    if (meter.bus == bus && map != maps.end()) add_meter(meter, map->second, options, load);
  }
  return load;
}

}  // namespace submeter::config
