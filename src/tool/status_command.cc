// SPDX-License-Identifier: Apache-2.0
#include "tool/status_command.h"

#include <fmt/format.h>
#include <poll.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tool/daemon_client.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

constexpr int kWatchMilliseconds = 2000;
constexpr long long kEarlyDays = 30;

std::string count(const Json& object, const char* key) {
  return std::to_string(object.value(key, std::uint64_t{0}));
}

std::string milliseconds(const Json& object, const char* key) {
  return object.contains(key) ? fmt::format("{:.1f}", object.value(key, 0.0)) : "";
}

/// "crc 2, late 1"
std::string faults(const Json& object) {
  std::string text;
  const Json counts = object.value("faults", Json::object());
  for (const auto& [name, times] : counts.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, times.get<std::uint64_t>());
  }
  return text;
}

std::string bus_table(const Json& status) {
  Table table(
      {"BUS", "LINE", "STATE", "LOAD %", "REQUESTS", "TIMEOUTS", "EXCEPTIONS", "SKIPPED", "LINE FAULTS"});
  for (const Json& bus : status.at("buses")) {
    const bool up = bus.value("up", false);
    table.add({bus.value("id", ""), bus.value("line", ""), up ? "up" : "down",
               fmt::format("{:.1f}", bus.value("load_pct", 0.0)), count(bus, "requests"),
               count(bus, "timeouts"), count(bus, "exceptions"), count(bus, "cycles_skipped"), faults(bus)},
              up ? Colour::kNone : Colour::kRed);
  }
  std::string text = table.to_string();
  for (const Json& bus : status.at("buses")) {
    if (bus.contains("error")) text += fmt::format("{}: {}\n", bus.value("id", ""), bus.value("error", ""));
  }
  return text;
}

std::string meter_table(const Json& status) {
  Table table({"METER", "BUS", "UNIT", "CT", "STATE", "LAST GOOD", "P50 MS", "P95 MS", "MAX MS", "TIMEOUTS",
               "EXCEPTIONS", "LINE FAULTS", "LAST ERROR"});
  for (const Json& meter : status.at("meters")) {
    const std::string state = meter.value("state", "");
    const std::string age =
        meter.contains("last_good_age_ms") ? readable_age(meter.value("last_good_age_ms", 0.0)) : "never";
    table.add(
        {meter.value("id", ""), meter.value("bus", ""), count(meter, "unit"),
         meter.value("ct_programmed", ""), state, age, milliseconds(meter, "response_p50_ms"),
         milliseconds(meter, "response_p95_ms"), milliseconds(meter, "response_max_ms"),
         count(meter, "timeouts"), count(meter, "exceptions"), faults(meter), meter.value("last_error", "")},
        state == "silent" ? Colour::kRed : Colour::kNone);
  }
  std::string text = table.to_string();
  for (const Json& meter : status.at("meters")) {
    for (const Json& suspicion : meter.value("ct_suspect", Json::array())) {
      text += fmt::format("{}: CT SUSPECT: {}\n", meter.value("id", ""), suspicion.get<std::string>());
    }
  }
  return text;
}

std::string store_line(const Json& store) {
  std::string line = fmt::format("store   {} records wait", count(store, "undelivered"));
  if (store.contains("oldest_age_ms")) line += ", oldest " + readable_age(store.value("oldest_age_ms", 0.0));
  line += fmt::format(", {:.1f} MiB on disk, stream {} at {}", store.value("bytes_on_disk", 0.0) / (1 << 20),
                      store.value("stream", ""), count(store, "next_seq"));
  if (const auto dropped = store.value("dropped", 0ULL); dropped > 0)
    line += fmt::format("; {} DROPPED", dropped);
  return line;
}

// A certificate that ends within a month is a finding: a new one takes its time.
bool ends_soon(const Json& broker) {
  return broker.value("certificate_expires_in_days", kEarlyDays) < kEarlyDays;
}

std::string certificate_lines(const Json& status) {
  const Json broker = status.value("broker", Json::object());
  std::string text;
  if (ends_soon(broker)) {
    const auto days = broker.value("certificate_expires_in_days", kEarlyDays);
    text += fmt::format("        certificate {} {} on {}\n", broker.value("certificate", ""),
                        days < 0 ? "HAS EXPIRED" : fmt::format("EXPIRES in {} days,", days),
                        readable_time(broker.value("certificate_expires", 0LL)));
  }
  if (broker.contains("certificate_error"))
    text += fmt::format("        TLS files that have changed are NOT USED: {}\n",
                        broker.value("certificate_error", ""));
  return text;
}

std::string broker_line(const Json& status) {
  if (!status.contains("broker")) return "broker  none configured";
  const Json& broker = status.at("broker");
  std::string line = "broker  " + broker.value("url", "");
  if (broker.value("connected", false)) {
    line += fmt::format(", connected, {} delivered, {} in flight", count(broker, "delivered"),
                        count(broker, "in_flight"));
    if (broker.contains("ack_p99_ms")) {
      line += fmt::format(", acknowledged in {} ms (p50) {} ms (p99)", milliseconds(broker, "ack_p50_ms"),
                          milliseconds(broker, "ack_p99_ms"));
    }
    return line;
  }
  line += ", NOT connected";
  if (broker.contains("error")) line += ": " + broker.value("error", "");
  if (broker.contains("next_try_ms"))
    line += "; next try in " + readable_age(broker.value("next_try_ms", 0.0));
  return line;
}

std::string totals_line(const Json& status) {
  const Json totals = status.value("totals", Json::object());
  const Json late = status.value("punctuality", Json::object());
  const auto suspect = totals.value("meters_ct_suspect", 0ULL);
  return fmt::format(
      "meters  {} of {} alive, {} silent, {}on {} buses, {} up; {} cycles skipped; read {} ms late (p50), {} "
      "ms (p99)",
      count(totals, "meters_alive"), count(totals, "meters"), count(totals, "meters_silent"),
      suspect > 0 ? fmt::format("{} CT SUSPECT, ", suspect) : "", count(totals, "buses"),
      count(totals, "buses_up"), count(totals, "cycles_skipped"), milliseconds(late, "late_p50_ms"),
      milliseconds(late, "late_p99_ms"));
}

std::string clock_line(const Json& status) {
  const Json& clock = status.at("clock");
  std::string line = fmt::format("clock   {}: {}", clock.value("state", ""), clock.value("detail", ""));
  const bool synced = clock.value("state", "") == "synced";
  if (clock.contains("offset_ms")) line += fmt::format("; offset {:+.3f} ms", clock.value("offset_ms", 0.0));
  if (!synced && clock.contains("last_sync_age_ms"))
    line += "; last synced " + readable_age(clock.value("last_sync_age_ms", 0.0)) + " ago";
  if (clock.contains("last_step")) {
    const Json& step = clock.at("last_step");
    line += fmt::format("; stepped from {} to {}", readable_time(step.value("from_ts", 0LL)),
                        readable_time(step.value("to_ts", 0LL)));
  }
  const auto held = status.at("store").value("held_for_clock", 0ULL);
  if (!synced && held > 0) line += fmt::format("; {} RECORDS ARE HELD until it can be trusted", held);
  return line;
}

// Anything a technician should look at.
bool has_finding(const Json& status) {
  const Json totals = status.value("totals", Json::object());
  if (totals.value("buses_up", 0) < totals.value("buses", 0) ||
      totals.value("meters_silent", 0) + totals.value("meters_ct_suspect", 0) > 0)
    return true;
  const Json meters = status.value("meters", Json::array());
  for (const Json& meter : meters) {
    if (meter.contains("last_error")) return true;
  }
  const Json& clock = status.at("clock");
  if (clock.value("state", "") == "unsynced" && clock.value("source", "") != "none") return true;
  if (!status.contains("broker")) return false;
  const Json& broker = status.at("broker");
  return !broker.value("connected", false) || ends_soon(broker) || broker.contains("certificate_error");
}

std::string readable_status(const Json& status) {
  std::string text = fmt::format(
      "submeter-collector {}, configuration {}, since {}\n{}\n{}\n{}\n{}{}\n", status.value("version", ""),
      status.value("cfg", ""), readable_time(status.value("started", 0LL)), clock_line(status),
      store_line(status.at("store")), broker_line(status), certificate_lines(status), totals_line(status));
  if (status.contains("meters")) text += fmt::format("\n{}\n{}", bus_table(status), meter_table(status));
  return text;
}

class StatusCommand final : public Command {
  std::string name() const override { return "status"; }
  std::string summary() const override { return "Show how the running daemon is doing"; }

  void declare(CLI::App& command) override {
    command.add_flag("--json", json_, "One JSON object");
    command.add_flag("--brief", brief_, "Without the tables of buses and meters");
    command.add_flag("--watch", watch_, "Again every 2 s until Ctrl-C");
    command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
    command.footer(
        "Exit status: 0 all well, 1 a bus, meter, transformer, the clock, the broker or a certificate needs "
        "a "
        "look, 3 the daemon does not answer.");
  }

  ExitCode run() override {
    ExitCode code = show();
    while (watch_) {
      ::poll(nullptr, 0, kWatchMilliseconds);
      if (!json_) std::printf("\n");
      code = show();
    }
    return code;
  }

  ExitCode show() const {
    const auto status = ask_daemon(socket_, {{"command", "status"}, {"brief", brief_}});
    if (!status) {
      print_error(status.error().message);
      return ExitCode::kNoAnswer;
    }
    std::printf("%s", (json_ ? status->dump() + "\n" : readable_status(*status)).c_str());
    std::fflush(stdout);
    return has_finding(*status) ? ExitCode::kFinding : ExitCode::kFine;
  }

  bool json_ = false;
  bool brief_ = false;
  bool watch_ = false;
  std::string socket_ = kDefaultSocket;
};

}  // namespace

std::unique_ptr<Command> make_status_command() {
  return std::make_unique<StatusCommand>();
}

}  // namespace submeter::tool
