// SPDX-License-Identifier: Apache-2.0
#include "tool/tail_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <string>

#include "tool/daemon_client.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

constexpr const char* kIdentity[] = {"v",   "kind", "site",  "gw",         "circuit", "meter", "ts", "stream",
                                     "seq", "cfg",  "clock", "clk_err_ms", "span_ms", "q",     "qf", "err"};

bool is_identity(const std::string& key) {
  return std::find(std::begin(kIdentity), std::end(kIdentity), key) != std::end(kIdentity);
}

// "2026-11-21T00:40:00.127Z  ups-a  good  power_kw=12.481 pf=0.97"
std::string readable_record(const Json& record) {
  const std::string quality = record.value("q", "");
  std::string line = fmt::format("{}  {:<16}", readable_time(record.value("ts", 0LL)),
                                 record.value("circuit", record.value("event", "")));
  if (!quality.empty()) {
    line += "  " + coloured(quality, quality == "good"  ? Colour::kGreen
                                     : quality == "bad" ? Colour::kRed
                                                        : Colour::kYellow);
  }
  if (const std::string clock = record.value("clock", ""); clock != "synced") line += " clock=" + clock;
  if (record.contains("qf")) line += " " + record.value("qf", "");
  if (record.contains("err")) line += fmt::format(" ({})", record.value("err", ""));
  for (const auto& [key, value] : record.items()) {
    if (is_identity(key) || key == "event") continue;
    line += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return line;
}

class TailCommand final : public Command {
  std::string name() const override { return "tail"; }
  std::string summary() const override { return "Follow records as the daemon commits them"; }

  void declare(CLI::App& command) override {
    command.add_option("circuit", circuit_, "Only this circuit");
    command.add_option("-n,--records", records_, "End after this many records");
    command.add_flag("--json", json_, "The records' own bytes, one a line");
    command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
  }

  ExitCode run() override {
    auto client = DaemonClient::connect(socket_);
    if (!client) return fail(client.error());
    if (auto sent = client->send({{"command", "tail"}, {"circuit", circuit_}}); !sent)
      return fail(sent.error());
    for (std::uint64_t count = 0; count < records_; ++count) {
      const auto line = client->receive(std::nullopt);
      if (!line) return fail(line.error());
      const auto record = parse_answer(*line);
      if (!record) return fail(record.error());
      std::printf("%s\n", (json_ ? *line : readable_record(*record)).c_str());
      std::fflush(stdout);
    }
    return ExitCode::kFine;
  }

  static ExitCode fail(const Error& error) {
    print_error(error.message);
    return ExitCode::kNoAnswer;
  }

  std::string circuit_;
  std::uint64_t records_ = std::numeric_limits<std::uint64_t>::max();
  bool json_ = false;
  std::string socket_ = kDefaultSocket;
};

}  // namespace

std::unique_ptr<Command> make_tail_command() {
  return std::make_unique<TailCommand>();
}

}  // namespace submeter::tool
