// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <vector>

#include "tool/check_command.h"
#include "tool/command.h"
#include "tool/export_command.h"
#include "tool/maps_command.h"
#include "tool/probe_command.h"
#include "tool/queue_command.h"
#include "tool/read_command.h"
#include "tool/scan_command.h"
#include "tool/simulate_command.h"
#include "tool/status_command.h"
#include "tool/tail_command.h"
#include "tool/terminal.h"

int main(int argc, char** argv) {
  using namespace submeter::tool;
  CLI::App app("The technician's tool of submeter-collector.", "submeter");
  app.set_version_flag("--version", "submeter " SUBMETER_VERSION);
  app.require_subcommand(1);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_check_command());
  commands.push_back(make_read_command());
  commands.push_back(make_scan_command());
  commands.push_back(make_probe_command());
  commands.push_back(make_maps_command());
  commands.push_back(make_status_command());
  commands.push_back(make_tail_command());
  commands.push_back(make_queue_command());
  commands.push_back(make_export_command());
  commands.push_back(make_simulate_command());
  ExitCode exit_code = ExitCode::kFine;
  for (const auto& command : commands) command->add_to(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  } catch (const std::exception& error) {
    print_error(error.what());
    return static_cast<int>(ExitCode::kFinding);
  }
  return static_cast<int>(exit_code);
}
