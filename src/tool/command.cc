// SPDX-License-Identifier: Apache-2.0
#include "tool/command.h"

#include <CLI/CLI.hpp>

namespace submeter::tool {

void Command::add_to(CLI::App& app, ExitCode& exit_code) {
  CLI::App* command = app.add_subcommand(name(), summary());
  declare(*command);
  command->callback([this, &exit_code] { exit_code = run(); });
}

}  // namespace submeter::tool
