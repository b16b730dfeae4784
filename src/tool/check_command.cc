// SPDX-License-Identifier: Apache-2.0
#include "tool/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "config/bus_load.h"
#include "config/configuration.h"
#include "tool/daemon_client.h"
#include "tool/line_text.h"
#include "tool/problem_json.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

// What a request and its answer take besides two bytes a register: RTU 8 + 5, Modbus TCP 12 + 9.
constexpr std::size_t kRtuBytes = 13;
constexpr std::size_t kTcpBytes = 21;

struct BusPlanRow {
  std::string id;
  std::string line;
  std::size_t meters = 0;
  config::BusLoad load;
  bool serial = true;  ///< On TCP the gateway decides how long a cycle takes.
};

std::vector<BusPlanRow> plan_rows(const config::Configuration& configuration) {
  const Options& options = configuration.options;
  std::vector<BusPlanRow> rows;
  for (const auto& [name, bus] : options.buses) {
    const std::string& id = name;  // clang 14 cannot capture a structured binding
    BusPlanRow row{.id = id, .line = line_text(bus), .meters = 0, .load = {}};
    row.meters =
        static_cast<std::size_t>(std::count_if(options.meters.begin(), options.meters.end(),
                                               [&id](const MeterOptions& meter) { return meter.bus == id; }));
    row.serial = bus.serial_line() != nullptr;
    row.load = config::estimate_load(id, bus, options.meters, configuration.maps);
    rows.push_back(std::move(row));
  }
  return rows;
}

double milliseconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::size_t bytes_of(const BusPlanRow& row) {
  return (row.serial ? kRtuBytes : kTcpBytes) * row.load.requests + 2 * row.load.registers;
}

std::string plan_table(const std::vector<BusPlanRow>& rows) {
  Table table({"BUS", "LINE", "METERS", "REQUESTS", "REGISTERS", "BYTES", "CYCLE MS", "LOAD %"});
  for (const BusPlanRow& row : rows) {
    std::vector<std::string> cells{row.id,
                                   row.line,
                                   std::to_string(row.meters),
                                   std::to_string(row.load.requests),
                                   std::to_string(row.load.registers),
                                   std::to_string(bytes_of(row))};
    if (row.serial) {
      cells.push_back(fmt::format("{:.0f}", milliseconds_of(row.load.line_time)));
      cells.push_back(fmt::format("{:.1f}", row.load.share * 100));
    }
    table.add(std::move(cells));
  }
  return table.to_string();
}

Json plan_json(const std::vector<BusPlanRow>& rows) {
  Json buses = Json::array();
  for (const BusPlanRow& row : rows) {
    Json bus{{"id", row.id},
             {"line", row.line},
             {"meters", row.meters},
             {"requests", row.load.requests},
             {"registers", row.load.registers},
             {"bytes", bytes_of(row)}};
    if (row.serial) {
      bus["cycle_ms"] = milliseconds_of(row.load.line_time);
      bus["load_pct"] = row.load.share * 100;
    }
    buses.push_back(std::move(bus));
  }
  return buses;
}

class CheckCommand final : public Command {
  std::string name() const override { return "check"; }
  std::string summary() const override { return "Validate the configuration and print the plan"; }

  void declare(CLI::App& command) override {
    command.add_option("--config", sources_.config, "Configuration file")->capture_default_str();
    command.add_option("--maps", sources_.map_dirs, "Directories of register maps")->capture_default_str();
    command.add_flag("--json", json_, "One JSON object");
    command.footer("Exit status: 0 fine, 1 warnings, 78 errors.");
  }

  ExitCode run() override {
    const config::Configuration configuration = config::load(sources_);
    const auto rows = configuration.usable() ? plan_rows(configuration) : std::vector<BusPlanRow>();
    if (json_) {
      std::printf("%s\n", Json{{"usable", configuration.usable()},
                               {"cfg", configuration.digest},
                               {"problems", problems_json(configuration.problems)},
                               {"notes", configuration.notes},
                               {"buses", plan_json(rows)}}
                              .dump()
                              .c_str());
    } else {
      print(configuration, rows);
    }
    if (!configuration.usable()) return ExitCode::kConfiguration;
    return configuration.problems.empty() ? ExitCode::kFine : ExitCode::kFinding;
  }

  void print(const config::Configuration& configuration, const std::vector<BusPlanRow>& rows) const {
    for (const auto& problem : configuration.problems)
      std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    for (const auto& note : configuration.notes) std::printf("%s\n", note.c_str());
    if (!configuration.usable()) return;
    const Options& options = configuration.options;
    std::size_t circuits = 0;
    for (const MeterOptions& meter : options.meters) circuits += meter.circuits.size();
    std::printf("%s: %zu buses, %zu meters, %zu circuits; configuration %s\n", sources_.config.c_str(),
                options.buses.size(), options.meters.size(), circuits, configuration.digest.c_str());
    if (options.meters.empty()) std::printf("no meters yet: add buses and meters, README shows how\n");
    if (!options.mqtt) std::printf("no broker yet: records are kept on disk until mqtt.url is set\n");
    std::printf("%s", plan_table(rows).c_str());
  }

  config::Sources sources_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_check_command() {
  return std::make_unique<CheckCommand>();
}

}  // namespace submeter::tool
