// SPDX-License-Identifier: Apache-2.0
#include "tool/simulate_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "core/epoll_loop.h"
#include "core/signals.h"
#include "simulate/site.h"
#include "tool/line_text.h"
#include "tool/mbpoll_line.h"
#include "tool/simulate_options.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

using simulate::SiteOptions;

class SimulateCommand final : public Command {
  std::string name() const override { return "simulate"; }
  std::string summary() const override { return "Simulate the meters of a configuration on this machine"; }
  void declare(CLI::App& command) override;
  ExitCode run() override;

  Result<SiteOptions> site_options(const Options& options) const;
  Result<simulate::ReplayChoice> replay_choice(const Options& options) const;

  config::Sources sources_;
  std::vector<std::string> faults_;
  std::vector<std::string> loads_;
  std::vector<std::string> lines_;
  std::vector<std::string> echoing_;
  std::string replay_;
  std::string replay_meter_;
  std::string step_ = "1s";
  std::string start_energy_ = "0";
};

void SimulateCommand::declare(CLI::App& command) {
  command.add_option("-c,--config", sources_.config, "The configuration whose meters to simulate")
      ->capture_default_str();
  command
      .add_option("--maps", sources_.map_dirs,
                  "Directories of register maps; later ones replace maps of earlier ones")
      ->capture_default_str();
  command.add_option("--fault", faults_, "METER=FAULT, any number of times: " + fault_words());
  command.add_option("--echo", echoing_, "An rtu bus on which the asker hears itself, as on two wires");
  command.add_option("--load", loads_,
                     "METER=office, steady or solar, with a peak in kW or without: solar:12.5");
  command.add_option("--line", lines_,
                     "METER=9600-8N1, of an rtu bus: the meter is set otherwise than its bus");
  auto* replay =
      command.add_option("--replay", replay_, "CSV of start_unix_s,import_kwh,export_kwh to play back");
  command.add_option("--meter", replay_meter_, "The meter that plays it; needed where there are several")
      ->needs(replay);
  command.add_option("--step", step_, "How long a row of it lasts here")
      ->capture_default_str()
      ->needs(replay);
  command.add_option("--start-energy", start_energy_, "kWh that every import register shows at first")
      ->capture_default_str();
  command.footer(
      "For each rtu bus a pseudo-terminal is linked at the bus's `device`; each tcp or rtu_over_tcp bus "
      "listens on its\n"
      "host and port, which must be on the loopback interface. Prints `ready` when all are there; ends with "
      "Ctrl-C.");
}

// Errors only: what the configuration warns about is of no concern to simulated meters.
void print_problems(const config::Configuration& configuration) {
  for (const config::Problem& problem : configuration.problems) {
    if (problem.severity == config::Severity::kError) fmt::print(stderr, "{}\n", problem.to_string());
  }
}

Result<simulate::ReplayChoice> SimulateCommand::replay_choice(const Options& options) const {
  simulate::ReplayChoice choice;
  choice.meter = replay_meter_;
  if (choice.meter.empty()) {
    if (options.meters.size() != 1)
      return Error{"there are several meters: say which plays the file with --meter"};
    choice.meter = options.meters.front().id;
  }
  const auto step = parse_duration(step_);
  if (!step || *step <= Duration::zero())
    return Error{fmt::format("--step {}: expected a time like 1s or 250ms", step_)};
  choice.step = std::chrono::duration_cast<std::chrono::milliseconds>(*step);
  auto table = simulate::load_replay(replay_);
  if (!table) return table.error();
  choice.table = std::move(*table);
  return choice;
}

Result<SiteOptions> SimulateCommand::site_options(const Options& options) const {
  SiteOptions site;
  for (const std::string& text : faults_) {
    const auto assignment = parse_assignment(text);
    if (!assignment) return assignment.error();
    if (auto added = add_fault(assignment->second, site.faults[assignment->first]); !added)
      return added.error();
  }
  for (const std::string& text : loads_) {
    const auto assignment = parse_assignment(text);
    if (!assignment) return assignment.error();
    const auto load = parse_load(assignment->second);
    if (!load) return load.error();
    site.loads[assignment->first] = *load;
  }
  for (const std::string& text : lines_) {
    const auto assignment = parse_assignment(text);
    if (!assignment) return assignment.error();
    const auto line = parse_line(assignment->second);
    if (!line) return line.error();
    site.lines[assignment->first] = *line;
  }
  site.echoing = {echoing_.begin(), echoing_.end()};
  const auto start = Decimal::parse(start_energy_);
  if (!start || start->is_negative())
    return Error{fmt::format("--start-energy {}: expected kWh of at least 0", start_energy_)};
  site.start_import_kwh = *start;
  if (replay_.empty()) return site;
  auto replay = replay_choice(options);
  if (!replay) return replay.error();
  site.replay = std::move(*replay);
  return site;
}

const meters::MapPoint& point_to_try(const meters::RegisterMap& map) {
  const meters::MapPoint* power = map.find("power_kw");
  return power != nullptr ? *power : map.points.front();
}

// rs485-1  /tmp/rs485-1 9600 8E1  1 ups-a (eastron-sdm630), 2 ahu-3 (abb-b23)  try: mbpoll …
void print_bus(const std::string& id, const Options& options, const config::Configuration& configuration) {
  const BusOptions& bus = options.buses.at(id);
  std::string meters;
  std::string example;
  for (const MeterOptions& meter : options.meters) {
    if (meter.bus != id) continue;
    meters += fmt::format("{}{} {} ({})", meters.empty() ? "" : ", ", meter.unit.value, meter.id, meter.map);
    if (example.empty())
      example = mbpoll_line(bus, meter.unit, point_to_try(configuration.maps.at(meter.map)));
  }
  if (!example.empty()) example = "  try: " + example;
  if (!meters.empty()) fmt::print("{}  {}  {}{}\n", id, line_text(bus), meters, example);
}

ExitCode fail(const Error& error, ExitCode code) {
  print_error(error.message);
  return code;
}

ExitCode serve(const config::Configuration& configuration, const SiteOptions& site_options) {
  core::EpollLoop loop;
  const core::Signals signals(loop, {SIGINT, SIGTERM}, [&loop](int) { loop.stop(); });
  const auto site = simulate::Site::open(loop, configuration.options, configuration.maps, site_options);
  if (!site) return fail(site.error(), ExitCode::kFinding);
  for (const auto& [id, bus] : configuration.options.buses)
    print_bus(id, configuration.options, configuration);
  fmt::print("ready\n");
  std::fflush(stdout);
  loop.run();
  return ExitCode::kFine;
}

ExitCode SimulateCommand::run() {
  const config::Configuration configuration = config::load(sources_);
  print_problems(configuration);
  if (!configuration.usable()) return ExitCode::kConfiguration;
  const auto site = site_options(configuration.options);
  if (!site) return fail(site.error(), ExitCode::kUsage);
  if (auto checked = simulate::check(configuration.options, *site); !checked)
    return fail(checked.error(), ExitCode::kUsage);
  try {
    return serve(configuration, *site);
  } catch (const std::exception& failure) {
    return fail({failure.what()}, ExitCode::kFinding);
  }
}

}  // namespace

std::unique_ptr<Command> make_simulate_command() {
  return std::make_unique<SimulateCommand>();
}

}  // namespace submeter::tool
