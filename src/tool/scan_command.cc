// SPDX-License-Identifier: Apache-2.0
#include "tool/scan_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "config/configuration.h"
#include "config/scalars.h"
#include "core/epoll_loop.h"
#include "core/signals.h"
#include "tool/bus_reader.h"
#include "tool/map_library.h"
#include "tool/register_words.h"
#include "tool/scan_report.h"
#include "tool/target.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

using std::chrono::milliseconds;

// Most meters answer within 60 ms, the slowest known ones need 300; a gateway first waits for the meter
// itself.
constexpr milliseconds kSerialTimeout{300};
constexpr milliseconds kTcpTimeout{1'000};

/// One line that is written over while the scan goes on; nothing where nobody looks.
class ProgressLine {
 public:
  void show(const std::string& text) {
    if (!on_terminal_) return;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
  }

 private:
  bool on_terminal_ = ::isatty(STDERR_FILENO) != 0;
};

class ScanCommand final : public Command {
  std::string name() const override { return "scan"; }
  std::string summary() const override {
    return "Find the meters on a line, how they are set, and their maps";
  }

  void declare(CLI::App& command) override {
    command
        .add_option("target", target_,
                    "A bus of the configuration, a serial device, or HOST[:PORT] of Modbus TCP")
        ->required();
    command.add_option("--baud", wish_.bauds, "Only these speeds: 9600,19200")
        ->delimiter(',')
        ->check(CLI::IsMember(speeds()));
    command.add_option("--parity", parities_, "Only these: none,even,odd")
        ->delimiter(',')
        ->check(CLI::IsMember({"none", "even", "odd"}));
    command.add_option("--units", units_, "Only these units: 1-32 or 1,2,7; else 1-32, then the rest to 247");
    command.add_option("--timeout", timeout_,
                       "How long a unit is waited for: 300ms on a serial line, 1s on TCP");
    command.add_flag("--quick", wish_.quick, "Units 1 to 32 only");
    command.add_option("--config", sources_.config, "Configuration file")->capture_default_str();
    command.add_option("--maps", sources_.map_dirs, "Directories of register maps")->capture_default_str();
    command.add_flag("--json", json_, "One JSON object at the end");
    command.footer(
        "submeter scan /dev/ttyUSB0\n"
        "submeter scan rs485-1 --quick\n"
        "submeter scan 10.0.4.20\n"
        "A port that the daemon polls is refused: stop the daemon for the time of the scan.\n"
        "Exit status: 0 meters found, 1 some cannot be named or answer damaged, 2 usage, 3 no meter.");
  }

  static std::vector<int> speeds() {
    return {300, 600, 1'200, 2'400, 4'800, 9'600, 19'200, 38'400, 57'600, 115'200};
  }

  Result<void> read_wish() {
    for (const std::string& word : parities_)
      wish_.parities.push_back(word == "none"   ? Parity::kNone
                               : word == "even" ? Parity::kEven
                                                : Parity::kOdd);
    if (units_.empty()) return {};
    auto units = parse_units(units_);
    if (!units) return units.error();
    wish_.units = std::move(*units);
    return {};
  }

  Result<milliseconds> response_timeout(bool serial) const {
    if (timeout_.empty()) return serial ? kSerialTimeout : kTcpTimeout;
    config::YamlNode node;
    node.kind = config::YamlNode::Kind::kScalar;
    node.text = timeout_;
    const auto timeout = config::DurationIn{milliseconds{20}, milliseconds{30'000}}(node);
    if (!timeout) return Error{fmt::format("--timeout: {}", timeout.error().message)};
    return *timeout;
  }

  ExitCode run() override {
    if (auto read = read_wish(); !read) return fail(read.error(), ExitCode::kUsage);
    auto target = find_target(target_, sources_);
    if (!target) return fail(target.error(), ExitCode::kUsage);
    const bool serial = target->options.serial_line() != nullptr;
    const auto is_no_unit = [](UnitId unit) { return unit.value < 1 || unit.value > 247; };
    if (serial && std::ranges::any_of(wish_.units, is_no_unit))
      return fail({fmt::format("--units {}: units of a serial line are 1 to 247", units_)}, ExitCode::kUsage);
    const auto timeout = response_timeout(serial);
    if (!timeout) return fail(timeout.error(), ExitCode::kUsage);
    target->options.response_timeout = *timeout;
    target->options.retries = 0;
    library_ = load_map_library(sources_);
    return scan(*target, serial ? serial_passes(settings(*target), wish_) : tcp_passes(wish_));
  }

  std::vector<SerialLine> settings(const ScanTarget& target) const {
    const SerialLine& own = *target.options.serial_line();
    // What is behind a device server has the settings that the server has.
    if (std::holds_alternative<DeviceServer>(target.options.line)) return {own};
    std::vector<SerialLine> makers;
    for (const LibraryMap& entry : library_.maps) {
      if (entry.map.serial) makers.push_back(*entry.map.serial);
    }
    return settings_to_try(target.configured ? std::optional(own) : std::nullopt, makers, wish_);
  }

  ExitCode scan(const ScanTarget& target, const std::vector<ScanPass>& passes) {
    core::EpollLoop loop;
    bool interrupted = false;
    const core::Signals signals(loop, {SIGINT, SIGTERM}, [&loop, &interrupted](int) {
      interrupted = true;
      loop.stop();
    });
    ProgressLine progress;
    const auto say = [this, &progress](const std::string& text) {
      progress.show("");
      if (!json_) fmt::print("{}", text);
      std::fflush(stdout);
    };
    say(announcement(target, passes, target.options.response_timeout));
    std::vector<const meters::RegisterMap*> maps;
    for (const LibraryMap& entry : library_.maps) maps.push_back(&entry.map);
    Scanner scanner(
        [&loop, &target](const std::optional<SerialLine>& line) -> std::unique_ptr<RegisterSource> {
          return std::make_unique<BusReader>(loop, options_with(target.options, line));
        },
        maps,
        {.goes_on = [&interrupted] { return !interrupted; },
         .on_question =
             [&progress](const ScanPass& pass, UnitId unit, std::size_t asked, std::size_t of) {
               progress.show(
                   fmt::format("{:3} %  {} unit {}", asked * 100 / of, settings_text(pass.line), unit.value));
             },
         .on_found = [&say, &target](const FoundMeter& meter) { say(found_text(meter, target) + "\n"); }});
    const auto done = scanner.run(passes);
    progress.show("");
    if (!done)
      return fail({done.error().message + advice_when_held(done.error().message)}, ExitCode::kNoAnswer);
    print_end(scanner, target);
    return verdict(scanner);
  }

  static BusOptions options_with(BusOptions options, const std::optional<SerialLine>& line) {
    auto* own = std::get_if<SerialLine>(&options.line);
    if (own == nullptr || !line) return options;
    own->baud = line->baud;
    own->parity = line->parity;
    own->stop_bits = line->stop_bits;
    return options;
  }

  static std::string advice_when_held(const std::string& reason) {
    if (reason.find(" is held by ") == std::string::npos) return "";
    return ": a scan needs the line for itself; `sudo systemctl stop submeter-collector` ends the daemon's "
           "polling, "
           "`start` resumes it after the scan";
  }

  void print_end(const Scanner& scanner, const ScanTarget& target) const {
    if (json_) {
      fmt::print("{}\n", scan_json(scanner, target).dump());
      return;
    }
    fmt::print("{}{}\n", counted(scanner.found().size(), "meter"),
               scanner.complete() ? "" : "; ended before all was tried");
    for (const std::string& line : advice(scanner, target)) fmt::print("{}\n", line);
    const std::string yaml = yaml_text(scanner.found(), target);
    if (!yaml.empty()) fmt::print("\n{}", yaml);
  }

  static ExitCode verdict(const Scanner& scanner) {
    if (scanner.found().empty()) return ExitCode::kNoAnswer;
    for (const FoundMeter& meter : scanner.found()) {
      if (meter.guesses.empty()) return ExitCode::kFinding;
    }
    return scanner.garbled().empty() && scanner.complete() ? ExitCode::kFine : ExitCode::kFinding;
  }

  static ExitCode fail(const Error& error, ExitCode code) {
    print_error(error.message);
    return code;
  }

  std::string target_;
  std::vector<std::string> parities_;
  std::string units_;
  std::string timeout_;
  ScanWish wish_;
  config::Sources sources_;
  MapLibrary library_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_scan_command() {
  return std::make_unique<ScanCommand>();
}

}  // namespace submeter::tool
