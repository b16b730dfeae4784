// SPDX-License-Identifier: Apache-2.0
#include "simulate/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "simulate/seeded_random.h"

namespace submeter::simulate {
namespace {

constexpr double kDirectAmperes = 25.0;
constexpr double kUsedShare = 0.4;

bool is_serial(const BusOptions& bus) {
  return bus.serial_line() != nullptr;
}

const MeterOptions* find_meter(const Options& options, const std::string& id) {
  const auto found = std::ranges::find(options.meters, id, &MeterOptions::id);
  return found == options.meters.end() ? nullptr : &*found;
}

Error unknown_meter(const Options& options, const std::string& id) {
  std::string known;
  for (const MeterOptions& meter : options.meters) known += (known.empty() ? "" : ", ") + meter.id;
  return {fmt::format("there is no meter '{}' in the configuration; it has {}", id,
                      known.empty() ? "none" : known)};
}

double default_peak_kw(const MeterOptions& meter, int phases) {
  const double amperes = meter.ct ? meter.ct->primary.to_double() : kDirectAmperes;
  return kUsedShare * amperes * 230.0 * phases / 1e3;
}

std::unique_ptr<Load> make_load(const MeterOptions& meter, int channel, int phases, const SiteOptions& site) {
  if (site.replay && site.replay->meter == meter.id && channel == 1) {
    return std::make_unique<ReplayLoad>(site.replay->table, site.replay->step, phases);
  }
  const auto chosen = site.loads.find(meter.id);
  const LoadChoice choice = chosen == site.loads.end() ? LoadChoice{} : chosen->second;
  return std::make_unique<DailyLoad>(
      DailyLoadOptions{.shape = choice.shape,
                       .peak_kw = choice.peak_kw ? *choice.peak_kw : default_peak_kw(meter, phases),
                       .phase_count = phases,
                       .seed = seed_of(fmt::format("{}/{}", meter.id, channel))});
}

}  // namespace

Result<void> check(const Options& options, const SiteOptions& site) {
  for (const auto& [id, faults] : site.faults) {
    const MeterOptions* meter = find_meter(options, id);
    if (meter == nullptr) return unknown_meter(options, id);
    const bool serial = is_serial(options.buses.at(meter->bus));
    for (const auto& [fault, share] : faults.shares) {
      const FaultKind& kind = kind_of(fault);
      if (serial ? kind.on_serial : kind.on_tcp) continue;
      return Error{fmt::format("meter {} is on a {} bus, where there is no fault '{}'", id,
                               serial ? "serial" : "TCP", kind.word)};
    }
  }
  for (const std::string& id : site.echoing) {
    const auto bus = options.buses.find(id);
    if (bus != options.buses.end() && std::holds_alternative<SerialLine>(bus->second.line)) continue;
    return Error{fmt::format("there is no rtu bus '{}' in the configuration to echo on", id)};
  }
  for (const auto& [id, line] : site.lines) {
    const MeterOptions* meter = find_meter(options, id);
    if (meter == nullptr) return unknown_meter(options, id);
    if (std::holds_alternative<SerialLine>(options.buses.at(meter->bus).line)) continue;
    return Error{fmt::format("meter {} is not on an rtu bus, so it has no line settings", id)};
  }
  for (const auto& [id, load] : site.loads) {
    if (find_meter(options, id) == nullptr) return unknown_meter(options, id);
  }
  if (site.replay && find_meter(options, site.replay->meter) == nullptr)
    return unknown_meter(options, site.replay->meter);
  return {};
}

Result<SimulatedMeter> make_meter(const MeterOptions& meter, const meters::RegisterMap& map,
                                  const SiteOptions& site) {
  std::vector<std::unique_ptr<Load>> loads;
  for (int channel = 1; channel <= map.channels; ++channel) {
    loads.push_back(make_load(meter, channel, phase_count(map), site));
  }
  return SimulatedMeter::make(meter, map, std::move(loads), site.start_import_kwh);
}

Result<std::unique_ptr<Site>> Site::open(Loop& loop, const Options& options, const Maps& maps,
                                         const SiteOptions& site) {
  auto opened = std::make_unique<Site>();
  for (const auto& [id, bus_options] : options.buses) {
    Bus bus{.responder = Responder(is_serial(bus_options) ? Framing::kRtu : Framing::kTcp, loop.now()),
            .echo = site.echoing.contains(id) ? Echo::kYes : Echo::kNo,
            .others = {},
            .rtu = {},
            .tcp = {},
            .device_server = {}};
    bool used = false;
    for (const MeterOptions& meter : options.meters) {
      if (meter.bus != id) continue;
      auto simulated = make_meter(meter, maps.at(meter.map), site);
      if (!simulated) return Error{fmt::format("meter {}: {}", meter.id, simulated.error().message)};
      const auto faults = site.faults.find(meter.id);
      responder_of(meter.id, site, loop.now(), bus)
          .add(std::move(*simulated), faults == site.faults.end() ? Faults{} : faults->second);
      used = true;
    }
    if (!used) continue;
    opened->buses_.push_back(std::move(bus));
    if (auto started = open_bus(loop, bus_options, opened->buses_.back()); !started) {
      return Error{fmt::format("bus {}: {}", id, started.error().message)};
    }
  }
  if (opened->buses_.empty())
    return Error{"the configuration has no meters, so there is nothing to simulate"};
  return opened;
}

Responder& Site::responder_of(const std::string& meter, const SiteOptions& site, MonoTime start, Bus& bus) {
  const auto own = site.lines.find(meter);
  if (own == site.lines.end()) return bus.responder;
  const auto same = std::ranges::find(bus.others, own->second, &OtherSetting::line);
  if (same != bus.others.end()) return same->responder;
  bus.others.push_back({own->second, Responder(Framing::kRtu, start)});
  return bus.others.back().responder;
}

Result<void> Site::open_bus(Loop& loop, const BusOptions& options, Bus& bus) {
  if (const auto* line = std::get_if<SerialLine>(&options.line)) {
    auto terminal = PseudoTerminal::open(line->device);
    if (!terminal) return terminal.error();
    bus.rtu = std::make_unique<RtuServer>(loop, *line, std::move(*terminal), bus.responder, bus.echo);
    for (OtherSetting& other : bus.others) bus.rtu->add(other.line, other.responder);
    return {};
  }
  if (const auto* device_server = std::get_if<DeviceServer>(&options.line)) {
    auto server = SerialDeviceServer::listen(loop, *device_server, bus.responder);
    if (!server) return server.error();
    bus.device_server = std::move(*server);
    return {};
  }
  const auto& endpoint = std::get<TcpEndpoint>(options.line);
  if (endpoint.tls)
    return Error{"meters behind TLS cannot be simulated: use a copy of the bus with type: tcp"};
  auto server = TcpServer::listen(loop, endpoint, bus.responder);
  if (!server) return server.error();
  bus.tcp = std::move(*server);
  return {};
}

}  // namespace submeter::simulate
