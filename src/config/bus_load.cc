// SPDX-License-Identifier: Apache-2.0
#include "config/bus_load.h"

#include <algorithm>
#include <vector>

#include "meters/binding.h"
#include "meters/read_plan.h"

namespace submeter::config {

namespace {

using meters::RegisterRange;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The registers of a meter for each of its intervals.
using ByInterval = std::map<milliseconds, std::vector<RegisterRange>>;

ByInterval by_interval(const MeterOptions& meter, const meters::RegisterMap& map) {
  ByInterval due;
  for (const CircuitOptions& circuit : meter.circuits) {
    for (const PointOptions& wanted : circuit.points) {
      const meters::MapPoint* point = meters::source_of(map, wanted.name, meter.ct);
      const auto there = point == nullptr ? std::nullopt : map.at_channel(*point, circuit.channel);
      if (there) due[wanted.interval].push_back(meters::range_of(*there));
    }
  }
  return due;
}

std::vector<milliseconds> intervals_ending_at(milliseconds instant, const ByInterval& due) {
  std::vector<milliseconds> intervals;
  for (const auto& [interval, ranges] : due) {
    if (instant % interval == milliseconds{}) intervals.push_back(interval);
  }
  return intervals;
}

/// What is due together shares requests.
std::vector<RegisterRange> plan_of(const std::vector<milliseconds>& intervals, const ByInterval& due,
                                   const meters::RegisterMap& map, const meters::ReadCost& cost) {
  std::vector<RegisterRange> wanted;
  for (const milliseconds interval : intervals) {
    const auto& ranges = due.at(interval);
    wanted.insert(wanted.end(), ranges.begin(), ranges.end());
  }
  return meters::plan_reads(wanted, map.limits, cost);
}

milliseconds next_instant(milliseconds instant, const ByInterval& due) {
  milliseconds next = milliseconds::max();
  for (const auto& [interval, ranges] : due) next = std::min(next, (instant / interval + 1) * interval);
  return next;
}

/// Of the line's time, over one repetition of all intervals, or as much of it as can be looked at.
double share_of(const ByInterval& due, const meters::RegisterMap& map, const meters::ReadCost& cost) {
  constexpr int kMostInstants = 2'000;
  std::map<std::vector<milliseconds>, nanoseconds> times;
  std::chrono::duration<double> busy{};
  milliseconds instant{};
  for (int i = 0; i < kMostInstants; ++i) {
    const std::vector<milliseconds> intervals = intervals_ending_at(instant, due);
    if (i > 0 && intervals.size() == due.size()) break;
    const auto [time, is_new] = times.try_emplace(intervals);
    if (is_new) time->second = cost.of(plan_of(intervals, due, map, cost));
    busy += time->second;
    instant = next_instant(instant, due);
  }
  return busy / std::chrono::duration<double>(instant);
}

void add_meter(const MeterOptions& meter, const meters::RegisterMap& map, const BusOptions& bus,
               BusLoad& load) {
  const meters::ReadCost cost = meters::read_cost(bus);
  const ByInterval due = by_interval(meter, map);
  if (due.empty()) return;
  const std::vector<RegisterRange> everything = plan_of(intervals_ending_at({}, due), due, map, cost);
  load.requests += everything.size();
  for (const RegisterRange& range : everything) load.registers += range.count;
  const milliseconds shortest = due.begin()->first;
  if (load.shortest_interval == milliseconds{} || shortest < load.shortest_interval) {
    load.shortest_interval = shortest;
  }
  if (bus.serial_line() == nullptr) return;
  load.line_time += cost.of(everything);
  load.share += share_of(due, map, cost);
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
