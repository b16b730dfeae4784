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

#include "daemon/plan.h"
#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"

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
  configuration.options.clock.source = ClockSource::kKernel;
  return configuration;
}

simulate::Framing framing_of(const BusOptions& options) {
  return std::holds_alternative<SerialLine>(options.line) ? simulate::Framing::kRtu : simulate::Framing::kTcp;
}

}  // namespace

/// What ends with kill -9.
class SimulatedSite::Process final : public ReadingSink {
 public:
  Process(SimulatedSite& site, const std::string& boot);
  void step() { clock_.renew(); }
  void stop() {
    buses_.clear();
    stamper_.stop();
  }
  const poll::BusPoller& poller(const std::string& bus) const { return *buses_.at(bus).poller; }
  const modbus::Master& master(const std::string& bus) const { return *buses_.at(bus).master; }

 private:
  struct Bus {
    std::unique_ptr<SimulatedBus> stream;
    std::unique_ptr<modbus::Master> master;
    std::unique_ptr<poll::BusPoller> poller;
  };

  void build_bus(const std::string& id);
  void replan() {
    for (auto& [id, bus] : buses_) bus.poller->replan();
  }
  void on_step(const ClockStep& step);
  void on_reading(Reading reading) override {
    if (site_.keeps_taken) site_.taken.push_back(reading);
    stamper_.on_reading(std::move(reading));
  }
  void on_event(Event event) override { stamper_.on_event(std::move(event)); }

  SimulatedSite& site_;
  clock::SystemClock clock_;
  records::Recorder recorder_;
  clock::Stamper stamper_;
  std::map<std::string, Bus> buses_;
};

SimulatedSite::Process::Process(SimulatedSite& site, const std::string& boot)
    : site_(site),
      clock_(site.loop, site.kernel, nullptr, site.configuration_.options.clock),
      recorder_(site.queue, {.site = "hq", .gateway = "gw-0042"}),
      stamper_(site.loop, clock_,
               {.before_sync = site.configuration_.options.clock.before_sync,
                .boot_id = boot,
                .config = "00000000"},
               site.store, recorder_) {
  clock_.on_change([this] {
    stamper_.clock_changed();
    replan();
  });
  clock_.on_step([this](const ClockStep& step) { on_step(step); });
  const auto note = clock::parse_sync_note(site.store.note());
  if (note && note->boot == boot) clock_.resume(*note);
  stamper_.start();
  for (const auto& [id, bus] : site.configuration_.options.buses) build_bus(id);
}

void SimulatedSite::Process::on_step(const ClockStep& step) {
  stamper_.clock_stepped(step);
  replan();
  stamper_.on_event({.name = "clock_step",
                     .text = "the clock stepped",
                     .instant = site_.loop.now(),
                     .fields = {{"from_ts", std::to_string(step.expected.time_since_epoch().count())},
                                {"to_ts", std::to_string(step.actual.time_since_epoch().count())}}});
}

void SimulatedSite::Process::build_bus(const std::string& id) {
  const Options& options = site_.configuration_.options;
  const BusOptions& bus_options = options.buses.at(id);
  Bus& bus = buses_[id];
  bus.stream = std::make_unique<SimulatedBus>(site_.loop, bus_options, *site_.meters_.at(id));
  if (const auto* serial = std::get_if<SerialLine>(&bus_options.line)) {
    bus.master = std::make_unique<modbus::RtuMaster>(site_.loop, *bus.stream, site_.random, *serial,
                                                     bus_options.response_timeout);
  } else {
    bus.master = std::make_unique<modbus::TcpMaster>(site_.loop, *bus.stream, site_.random,
                                                     std::get<TcpEndpoint>(bus_options.line).max_in_flight,
                                                     bus_options.response_timeout);
  }
  auto plan = daemon::make_bus_plan(options, site_.configuration_.maps, id);
  bus.poller = std::make_unique<poll::BusPoller>(site_.loop, clock_, *bus.master, site_.random,
                                                 std::move(plan.value()), *this);
  bus.poller->start();
}

SimulatedSite::SimulatedSite(const std::string& yaml, simulate::SiteOptions options, std::uint64_t seed)
    : kernel(loop, kStart),
      random({seed, seed * 6'364'136'223'846'793'005ULL, seed * 1'442'695'040'888'963'407ULL}),
      queue(loop),
      store(loop, queue),
      configuration_(configuration_of(yaml)) {
  for (const auto& [id, bus] : configuration_.options.buses) {
    meters_[id] = std::make_unique<simulate::Responder>(framing_of(bus), loop.now());
  }
  for (const MeterOptions& meter : configuration_.options.meters) {
    const auto faults = options.faults.find(meter.id);
    auto simulated = simulate::make_meter(meter, configuration_.maps.at(meter.map), options);
    meters_.at(meter.bus)->add(std::move(simulated.value()),
                               faults == options.faults.end() ? simulate::Faults{} : faults->second);
  }
  start();
}

SimulatedSite::~SimulatedSite() = default;

void SimulatedSite::start(const std::string& boot) {
  process_ = std::make_unique<Process>(*this, boot);
}

void SimulatedSite::kill() {
  process_.reset();
  store.crash();
}

void SimulatedSite::stop() {
  process_->stop();
  run(store.commit_interval);
  kill();
}

void SimulatedSite::step(Duration by) {
  kernel.step(by);
  if (process_) process_->step();
}

void SimulatedSite::set_right(UtcTime time) {
  kernel.set_wall(time);
  kernel.synchronised = true;
  if (process_) process_->step();
}

poll::BusHealth SimulatedSite::health(const std::string& bus) const {
  return process_->poller(bus).health();
}

const modbus::BusCounters& SimulatedSite::counters(const std::string& bus) const {
  return process_->master(bus).counters();
}

std::vector<Record> SimulatedSite::samples(const std::string& circuit) const {
  std::vector<Record> found;
  for (const Record& record : queue.records()) {
    if (record.kind == RecordKind::kSample && record.circuit == circuit) found.push_back(record);
  }
  return found;
}

std::vector<Record> SimulatedSite::events() const {
  std::vector<Record> found;
  for (const Record& record : queue.records()) {
    if (record.kind == RecordKind::kEvent) found.push_back(record);
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

std::string text_of(const Record& record, const std::string& key) {
  const std::string quoted = number_of(record, key);
  return quoted.size() < 2 ? std::string() : quoted.substr(1, quoted.size() - 2);
}

}  // namespace submeter::test
