// SPDX-License-Identifier: Apache-2.0
#include "daemon/plan.h"

#include <fmt/format.h>

#include <utility>

#include "meters/decoder.h"
#include "meters/measured.h"
#include "meters/read_plan.h"

namespace submeter::daemon {
namespace {

Result<poll::CircuitPlan> make_circuit_plan(const MeterOptions& meter, const CircuitOptions& circuit,
                                            const meters::RegisterMap& map) {
  poll::CircuitPlan plan{.id = circuit.id, .points = {}};
  for (const PointOptions& point : circuit.points) {
    auto bound = meters::bind_point(map, point.name, circuit.channel, meter.ct, meter.pt);
    if (!bound) return Error{fmt::format("meter {}: {}", meter.id, bound.error().message)};
    plan.points.push_back({.point = std::move(*bound), .interval = point.interval});
  }
  return plan;
}

Result<poll::MeterPlan> make_meter_plan(const MeterOptions& meter,
                                        const std::map<std::string, meters::RegisterMap>& maps) {
  const auto map = maps.find(meter.map);
  if (map == maps.end()) return Error{fmt::format("meter {}: no register map {}", meter.id, meter.map)};
  poll::MeterPlan plan{.id = meter.id,
                       .unit = meter.unit,
                       .limits = map->second.limits,
                       .aligned = meter.aligned,
                       .circuits = {},
                       .phases = meters::phases_of(map->second),
                       .ct = meter.ct,
                       .pt = meter.pt,
                       .ct_check = map->second.ct_check};
  for (const CircuitOptions& circuit : meter.circuits) {
    auto circuit_plan = make_circuit_plan(meter, circuit, map->second);
    if (!circuit_plan) return circuit_plan.error();
    plan.circuits.push_back(std::move(*circuit_plan));
  }
  return plan;
}

}  // namespace

Result<poll::BusPlan> make_bus_plan(const Options& options,
                                    const std::map<std::string, meters::RegisterMap>& maps,
                                    const std::string& bus) {
  const BusOptions& bus_options = options.buses.at(bus);
  poll::BusPlan plan{
      .id = bus, .retries = bus_options.retries, .cost = meters::read_cost(bus_options), .meters = {}};
  for (const MeterOptions& meter : options.meters) {
    if (meter.bus != bus) continue;
    auto meter_plan = make_meter_plan(meter, maps);
    if (!meter_plan) return meter_plan.error();
    plan.meters.push_back(std::move(*meter_plan));
  }
  return plan;
}

}  // namespace submeter::daemon
