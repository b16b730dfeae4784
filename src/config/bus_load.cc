// SPDX-License-Identifier: Apache-2.0
#include "config/bus_load.h"

#include <variant>
#include <vector>

#include "meters/read_plan.h"

namespace submeter::config {

namespace {

using meters::RegisterRange;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::int64_t kSecond = 1'000'000'000;

nanoseconds characters(const SerialLine& line, std::int64_t halves) {
  return nanoseconds{kSecond * line.bits_per_character() * halves / (2 * std::int64_t{line.baud})};
}

/// 3.5 characters; fixed above 19200 baud.
nanoseconds silence(const SerialLine& line) {
  constexpr int kFixedAbove = 19200;
  constexpr std::chrono::microseconds kFixed{1750};
  return line.baud > kFixedAbove ? nanoseconds{kFixed} : characters(line, 7);
}

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
  const auto* line = std::get_if<SerialLine>(&bus.line);
  for (const auto& [interval, wanted] : by_interval(meter, map)) {
    nanoseconds time{};
    for (const RegisterRange& range : meters::plan_reads(wanted, map.limits, meters::affordable_gap(bus))) {
      ++load.requests;
      load.registers += range.count;
      if (line != nullptr) time += read_time(*line, range.count);
    }
    load.line_time += time;
    load.share += static_cast<double>(time.count()) / static_cast<double>(nanoseconds{interval}.count());
    if (load.shortest_interval == milliseconds{} || interval < load.shortest_interval)
      load.shortest_interval = interval;
  }
}

}  // namespace

nanoseconds read_time(const SerialLine& line, std::uint16_t registers) {
  constexpr std::int64_t kRequest = 8;
  constexpr std::int64_t kAnswerFrame = 5;
  return characters(line, 2 * (kRequest + kAnswerFrame + 2 * std::int64_t{registers})) +
         meters::kAssumedTurnaround + silence(line);
}

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
