// SPDX-License-Identifier: Apache-2.0
#include "tool/read_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/configuration.h"
#include "tool/daemon_client.h"
#include "tool/manual_read.h"
#include "tool/read_report.h"
#include "tool/register_source.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

struct Target {
  const MeterOptions* meter = nullptr;
  const CircuitOptions* circuit = nullptr;
};

Target find_circuit(const Options& options, const std::string& id) {
  for (const MeterOptions& meter : options.meters) {
    for (const CircuitOptions& circuit : meter.circuits) {
      if (circuit.id == id) return {&meter, &circuit};
    }
  }
  return {};
}

/// The circuit's points; with `all` every point that the map has for it.
std::vector<std::string> names_to_read(const Target& target, const meters::RegisterMap& map, bool all) {
  std::vector<std::string> names;
  for (const PointOptions& point : target.circuit->points) names.push_back(point.name);
  if (!all) return names;
  names.clear();
  for (const meters::MapPoint& point : map.points) {
    if (meters::source_of(map, point.name, target.meter->ct) != nullptr) names.push_back(point.name);
  }
  return names;
}

Result<std::vector<ReadItem>> circuit_items(const Target& target, const meters::RegisterMap& map, bool all) {
  std::vector<ReadItem> items;
  for (const std::string& name : names_to_read(target, map, all)) {
    auto bound = meters::bind_point(map, name, target.circuit->channel, target.meter->ct, target.meter->pt);
    if (!bound) return bound.error();
    const std::string unit(meters::published_unit(bound->quantity));
    items.push_back({.point = std::move(*bound), .unit = unit});
  }
  return items;
}

class ReadCommand final : public Command {
  std::string name() const override { return "read"; }
  std::string summary() const override { return "Read a circuit, or registers by hand, once"; }

  void declare(CLI::App& command) override {
    command.add_option("target", manual_.target, "Circuit; or with -m a serial device or a host")->required();
    command.add_option("--config", sources_.config, "Configuration file")->capture_default_str();
    command.add_option("--maps", sources_.map_dirs, "Directories of register maps")->capture_default_str();
    command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
    command.add_flag("--all", all_, "Every point of the circuit's map, texts too");
    command.add_flag("--json", json_, "One JSON object");
    const std::string group = "By hand, with mbpoll's letters";
    command.add_option("-m", manual_.mode, "rtu, tcp or rtu_over_tcp")
        ->check(CLI::IsMember({"rtu", "tcp", "rtu_over_tcp"}))
        ->group(group);
    command.add_option("-a", manual_.unit, "Unit")
        ->check(CLI::Range(0, 255))
        ->capture_default_str()
        ->group(group);
    command.add_option("-r", manual_.reference, "First register, counted from 1")
        ->capture_default_str()
        ->group(group);
    command.add_flag("-0", manual_.zero_based, "-r counts from 0, as the PDU does")->group(group);
    command.add_option("-c", manual_.count, "How many values")->capture_default_str()->group(group);
    command.add_option("-t", manual_.type, "3 input, 4 holding; :hex :int16 :int32 :uint32 :float …")
        ->capture_default_str()
        ->group(group);
    command.add_option("--order", manual_.order, "ABCD, CDAB, BADC or DCBA")
        ->capture_default_str()
        ->group(group);
    command
        .add_flag_callback(
            "-B", [this] { manual_.order = "ABCD"; }, "Big endian words: --order ABCD")
        ->group(group);
    command.add_option("-b", manual_.baud, "Baud rate")->capture_default_str()->group(group);
    command.add_option("-P", manual_.parity, "none, even or odd")->capture_default_str()->group(group);
    command.add_option("-s", manual_.stop_bits, "Stop bits")
        ->check(CLI::Range(1, 2))
        ->capture_default_str()
        ->group(group);
    command.add_option("-p", manual_.port, "TCP port")->capture_default_str()->group(group);
    command.add_flag("-1", once_, "Once, as always: there for the habit")->group(group);
    command.add_option("-o", manual_.timeout_s, "Time-out in seconds")->capture_default_str()->group(group);
    command.footer(
        "submeter read ups-a\n"
        "submeter read -m rtu -a 7 -b 9600 -P even -t 3:float -r 53 -c 1 /dev/ttyUSB0\n"
        "A port the daemon polls is read through the daemon.\n"
        "Exit status: 0 all read, 1 something has no value, 2 usage, 3 no answer.");
  }

  ExitCode run() override { return manual_.mode.empty() ? read_circuit() : read_by_hand(); }

  ExitCode read_by_hand() const {
    const auto bus = manual_.bus();
    const auto items = manual_.items();
    if (!bus || !items) {
      print_error(!bus ? bus.error().message : items.error().message);
      return ExitCode::kUsage;
    }
    const auto source = find_register_source(socket_, "", *bus);
    return read_and_report(*source, {static_cast<std::uint8_t>(manual_.unit)}, *items,
                           fmt::format("unit {} on {}", manual_.unit, source->describe()), json_);
  }

  ExitCode read_circuit() const {
    const config::Configuration configuration = config::load(sources_);
    if (!configuration.usable()) {
      for (const auto& problem : configuration.problems)
        std::fprintf(stderr, "%s\n", problem.to_string().c_str());
      return ExitCode::kConfiguration;
    }
    const Target target = find_circuit(configuration.options, manual_.target);
    if (target.circuit == nullptr) {
      print_error(fmt::format("no circuit {} in {}; to read by hand add -m rtu or -m tcp", manual_.target,
                              sources_.config.string()));
      return ExitCode::kUsage;
    }
    const MeterOptions& meter = *target.meter;
    const auto items = circuit_items(target, configuration.maps.at(meter.map), all_);
    if (!items) {
      print_error(items.error().message);
      return ExitCode::kConfiguration;
    }
    const auto source = find_register_source(socket_, meter.bus, configuration.options.buses.at(meter.bus));
    return read_and_report(*source, meter.unit, *items,
                           fmt::format("circuit {}: meter {}, unit {} on {} ({}), map {}", target.circuit->id,
                                       meter.id, meter.unit.value, meter.bus, source->describe(), meter.map),
                           json_);
  }

  ManualRead manual_;
  config::Sources sources_;
  std::string socket_ = kDefaultSocket;
  bool all_ = false;
  bool json_ = false;
  bool once_ = true;
};

}  // namespace

std::unique_ptr<Command> make_read_command() {
  return std::make_unique<ReadCommand>();
}

}  // namespace submeter::tool
