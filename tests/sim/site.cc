// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/site.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

// 2026-11-21T00:00:00Z
constexpr UtcTime kStart{std::chrono::milliseconds{1'795'219'200'000}};

config::Configuration configuration_of(const std::string& yaml) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("submeter-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.yaml") << "gateway: {site: hq, id: gw-0042}\n" << yaml;
  config::Configuration configuration = config::load(
      {.config = folder / "config.yaml", .map_dirs = {std::string(SUBMETER_SOURCE_DIR) + "/config/meters"}});
  std::filesystem::remove_all(folder);
  for (const auto& problem : configuration.problems) std::cerr << problem.to_string() << '\n';
  if (!configuration.usable()) throw std::runtime_error("the scenario's configuration has errors");
  return configuration;
}

}  // namespace

SimulatedSite::SimulatedSite(const std::string& yaml, simulate::SiteOptions options, std::uint64_t seed)
    : clock(loop.now(), kStart),
      random({seed, seed * 6'364'136'223'846'793'005ULL, seed * 1'442'695'040'888'963'407ULL}),
      queue(loop),
      recorder_(queue, {.site = "hq", .gateway = "gw-0042", .config_digest = "00000000"}),
      stamper_(clock, BeforeSync::kMark, recorder_) {
  const config::Configuration configuration = configuration_of(yaml);
  for (const auto& [id, bus] : configuration.options.buses) build_bus(id, configuration, options);
}

void SimulatedSite::build_bus(const std::string& id, const config::Configuration& configuration,
                              const simulate::SiteOptions& site) {
  const Options& options = configuration.options;
  const BusOptions& bus_options = options.buses.at(id);
  auto bus = std::make_unique<Bus>();
  const auto* serial = std::get_if<SerialLine>(&bus_options.line);
  bus->meters = std::make_unique<simulate::Responder>(
      serial != nullptr ? simulate::Framing::kRtu : simulate::Framing::kTcp, loop.now());
  for (const MeterOptions& meter : options.meters) {
    if (meter.bus != id) continue;
    const auto faults = site.faults.find(meter.id);
    auto simulated = simulate::make_meter(meter, configuration.maps.at(meter.map), site);
    bus->meters->add(std::move(simulated.value()),
                     faults == site.faults.end() ? simulate::Faults{} : faults->second);
  }
  bus->stream = std::make_unique<SimulatedBus>(loop, bus_options, *bus->meters);
  if (serial != nullptr) {
    bus->master = std::make_unique<modbus::RtuMaster>(loop, *bus->stream, random, *serial,
                                                      bus_options.response_timeout);
  } else {
    bus->master = std::make_unique<modbus::TcpMaster>(loop, *bus->stream, random,
                                                      std::get<TcpEndpoint>(bus_options.line).max_in_flight,
                                                      bus_options.response_timeout);
  }
  auto plan = daemon::make_bus_plan(options, configuration.maps, id);
  bus->poller =
      std::make_unique<poll::BusPoller>(loop, clock, *bus->master, random, std::move(plan.value()), stamper_);
  bus->poller->start();
  buses_.emplace(id, std::move(bus));
}

std::vector<Record> SimulatedSite::samples(const std::string& circuit) const {
  std::vector<Record> found;
  for (const Record& record : queue.records()) {
    if (record.kind == RecordKind::kSample && record.circuit == circuit) found.push_back(record);
  }
  return found;
}

std::string number_of(const Record& record, const std::string& key) {
  const std::string wanted = "\"" + key + "\":";
  const auto begin = record.json.find(wanted);
  if (begin == std::string::npos) return {};
  const auto value = begin + wanted.size();
  return record.json.substr(value, record.json.find_first_of(",}", value) - value);
}

}  // namespace submeter::test
