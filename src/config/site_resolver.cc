// SPDX-License-Identifier: Apache-2.0
#include "config/site_resolver.h"

#include <fmt/core.h>

#include "config/bus_load.h"
#include "config/circuits.h"
#include "config/nearest_word.h"

namespace submeter::config {
namespace {

/// Of a line's time. What is left carries retries, probes of silent meters and the technician's reads.
constexpr double kBusy = 0.8;

/// "bus rs485-1 needs 7.4 s a 5 s cycle: …"
std::string describe_load(const std::string& bus, const BusLoad& load, int baud) {
  const double cycle = std::chrono::duration<double>(load.shortest_interval).count();
  return fmt::format(
      "bus {} needs {:.2g} s a {:g} s cycle: {:.0f} % of the line's time at {} baud, so {}; longer "
      "intervals, fewer points, a higher baud rate or another bus would help",
      bus, cycle * load.share, cycle, 100.0 * load.share, baud,
      load.share > 1.0 ? "cycles will be skipped" : "little is left for retries");
}

}  // namespace

Options SiteResolver::resolve() {
  options_ = site_.options;
  if (options_.mqtt && options_.mqtt->client_id.empty()) options_.mqtt->client_id = options_.gateway.id;
  check_clock();
  resolve_buses();
  for (const MeterDraft& meter : site_.meters) resolve_meter(meter);
  check_loads();
  return options_;
}

void SiteResolver::check_clock() const {
  const ClockOptions& clock = options_.clock;
  if (clock.source != ClockSource::kNone || clock.before_sync != BeforeSync::kHold) return;
  site_.sections.at("clock").error(
      "with source: none no time is ever trusted, so before_sync: hold would hold every record for ever; "
      "expected "
      "before_sync: mark");
}

void SiteResolver::resolve_buses() {
  std::map<std::string, Place> devices;
  std::map<std::pair<std::string, std::uint16_t>, Place> endpoints;
  for (const auto& [id, bus] : site_.buses) {
    options_.buses[id] = bus.options();
    if (!bus.sound) continue;
    if (bus.type != BusType::kRtu) {
      const auto [first, is_new] = endpoints.try_emplace({bus.host, bus.port}, bus.place);
      if (is_new) continue;
      const bool one_line = bus.type == BusType::kRtuOverTcp;
      bus.place.source->report(one_line ? Severity::kError : Severity::kWarning, bus.place.mark,
                               fmt::format("bus '{}' leads to the same {} as the one in {}", id,
                                           one_line ? "serial line" : "gateway", first->second.to_string()));
    } else {
      const auto [first, is_new] = devices.try_emplace(bus.serial.device, bus.place);
      if (is_new) continue;
      bus.place.error(fmt::format("{} is already the device of the bus in {}", bus.serial.device,
                                  first->second.to_string()));
    }
  }
}

void SiteResolver::resolve_meter(const MeterDraft& meter) {
  const auto [first, is_new] = meter_ids_.try_emplace(meter.id.value, meter.id.place);
  if (!is_new) {
    meter.id.place.error(fmt::format("duplicate meter '{}'; it already stands in {}", meter.id.value,
                                     first->second.to_string()));
    return;
  }
  check_bus(meter);
  const std::vector<CircuitDraft> circuits = circuits_of(meter);
  check_circuits(circuits);
  if (const meters::RegisterMap* map = find_map(meter)) check_against_map(meter, circuits, *map);
  MeterOptions options;
  options.id = meter.id.value;
  options.bus = meter.bus.value;
  options.unit = meter.unit.value;
  options.map = meter.map.value;
  options.ct = meter.ct.value;
  options.pt = meter.pt.value;
  options.aligned = meter.aligned;
  for (const CircuitDraft& circuit : circuits) options.circuits.push_back(to_options(circuit));
  options_.meters.push_back(std::move(options));
}

void SiteResolver::check_bus(const MeterDraft& meter) {
  if (!meter.bus.given()) return;
  const auto bus = site_.buses.find(meter.bus.value);
  if (bus != site_.buses.end()) return check_unit(meter, bus->second);
  if (!site_.complete) return;  // it may stand in the file that could not be read
  std::vector<std::string_view> known;
  for (const auto& [id, draft] : site_.buses) known.push_back(id);
  meter.bus.place.error(
      fmt::format("there is no bus '{}'{}", meter.bus.value, suggestion(meter.bus.value, known)));
}

void SiteResolver::check_unit(const MeterDraft& meter, const BusDraft& bus) {
  if (!meter.unit.given()) return;
  const unsigned unit = meter.unit.value.value;
  if (bus.sound && bus.is_serial() && (unit < 1 || unit > 247)) {
    meter.unit.place.error(fmt::format("unit {} cannot be on a serial line; expected 1 to 247", unit));
  }
  const auto [first, is_new] = units_.try_emplace({meter.bus.value, meter.unit.value}, &meter);
  if (is_new) return;
  meter.unit.place.error(fmt::format("unit {} of bus '{}' is already meter '{}' in {}", unit, meter.bus.value,
                                     first->second->id.value, first->second->unit.place.to_string()));
}

void SiteResolver::check_circuits(const std::vector<CircuitDraft>& circuits) {
  for (const CircuitDraft& circuit : circuits) {
    const auto [first, is_new] = circuit_ids_.try_emplace(circuit.id.value, circuit.id.place);
    if (!is_new) {
      circuit.id.place.error(fmt::format("duplicate circuit '{}'; it already stands in {}", circuit.id.value,
                                         first->second.to_string()));
    }
    if (!circuit.points.given()) {
      circuit.id.place.error(
          fmt::format("circuit '{}' needs 'points', like [power_kw, energy_import_kwh]", circuit.id.value));
    }
  }
}

const meters::RegisterMap* SiteResolver::find_map(const MeterDraft& meter) {
  if (!meter.map.given()) return nullptr;
  if (maps_.has(meter.map.value)) return maps_.use(meter.map.value);
  meter.map.place.error(fmt::format("there is no register map '{}'{}", meter.map.value,
                                    suggestion(meter.map.value, maps_.names())));
  return nullptr;
}

void SiteResolver::check_loads() const {
  const auto maps = maps_.used();
  for (const auto& [id, bus] : site_.buses) {
    if (!bus.sound || !bus.is_serial()) continue;
    const BusLoad load = estimate_load(id, options_.buses.at(id), options_.meters, maps);
    if (load.share >= kBusy) bus.place.warning(describe_load(id, load, bus.serial.baud));
  }
}

}  // namespace submeter::config
