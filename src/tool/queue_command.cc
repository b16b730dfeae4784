// SPDX-License-Identifier: Apache-2.0
#include "tool/queue_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tool/daemon_client.h"
#include "tool/queue_report.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

class QueueCommand final : public Command {
  std::string name() const override { return "queue"; }
  std::string summary() const override { return "Show what waits for the broker"; }

  void declare(CLI::App& command) override {
    command.add_flag("--json", json_, "One JSON object");
    command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
    command.footer(
        "Exit status: 0 nothing waits for more than 5 minutes, 1 something does, 3 the daemon does not "
        "answer.");
  }

  ExitCode run() override {
    const auto queue = ask_daemon(socket_, {{"command", "queue"}});
    if (!queue) {
      print_error(queue.error().message);
      return ExitCode::kNoAnswer;
    }
    if (queue->contains("error")) {
      print_error("the daemon does not know `queue`; restart it after the update");
      return ExitCode::kFinding;
    }
    std::printf("%s", (json_ ? queue->dump() + "\n" : readable_queue(*queue)).c_str());
    return waits_too_long(*queue) ? ExitCode::kFinding : ExitCode::kFine;
  }

  bool json_ = false;
  std::string socket_ = kDefaultSocket;
};

}  // namespace

std::unique_ptr<Command> make_queue_command() {
  return std::make_unique<QueueCommand>();
}

}  // namespace submeter::tool
