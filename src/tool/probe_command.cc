// SPDX-License-Identifier: Apache-2.0
#include "tool/probe_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "meters/register_text.h"
#include "tool/manual_read.h"
#include "tool/probe_ranking.h"
#include "tool/register_source.h"
#include "tool/register_words.h"
#include "tool/target.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

constexpr std::size_t kShown = 8;

struct Reading {
  std::vector<RegisterBlock> blocks;
  std::string refusal;  ///< Why there are none.
  bool answered = false;
};

modbus::ReadAnswer read(RegisterSource& source, UnitId unit, const meters::RegisterRange& range) {
  return source.read({.unit = unit,
                      .function = static_cast<modbus::Function>(range.table),
                      .address = range.address,
                      .count = range.count});
}

/// In one answer if the meter allows; else each register and as much behind it as there is.
Reading read_around(RegisterSource& source, UnitId unit, const ProbePlace& place) {
  Reading reading;
  std::vector<meters::RegisterRange> ranges{range_around(place)};
  const auto first = ranges.front();
  for (std::uint16_t skip = 0; skip < 3 && skip < first.count; ++skip) {
    for (const std::uint16_t width : {std::uint16_t{4}, std::uint16_t{2}, std::uint16_t{1}}) {
      if (skip + width <= first.count)
        ranges.push_back({first.table, {static_cast<std::uint16_t>(first.address.value + skip)}, width});
    }
  }
  for (const meters::RegisterRange& range : ranges) {
    const modbus::ReadAnswer answer = read(source, unit, range);
    const bool has_registers = answer.outcome == modbus::Outcome::kRegisters;
    reading.answered = reading.answered || has_registers || answer.outcome == modbus::Outcome::kException;
    if (has_registers) reading.blocks.push_back({range.table, range.address, answer.registers});
    if (!has_registers) reading.refusal = answer.reason;
    const bool all_is_there = has_registers && range == first;
    if (all_is_there || !reading.answered) break;
  }
  return reading;
}

Json candidate_json(const ProbeCandidate& candidate) {
  return {{"value", candidate.value.to_double()},
          {"type", type_word(candidate.point.type)},
          {"word_order", order_word(candidate.point.order)},
          {"scale", candidate.point.scale.to_double()},
          {"register", meters::register_text(candidate.point.table, candidate.point.address)},
          {"pdu_address", candidate.point.address.value},
          {"offset", candidate.offset},
          {"looks_like", candidate.looks_like},
          {"yaml", candidate.yaml()}};
}

std::string where_text(const ProbeCandidate& candidate) {
  if (candidate.offset == 0) return "";
  return candidate.offset < 0 ? "one before" : "one after";
}

class ProbeCommand final : public Command {
  std::string name() const override { return "probe"; }
  std::string summary() const override {
    return "What an unknown register means: neighbours, types, word orders";
  }

  void declare(CLI::App& command) override {
    command
        .add_option("target", manual_.target, "A bus of the configuration, a serial device, or HOST[:PORT]")
        ->required();
    command.add_option("unit", manual_.unit, "Unit")->required()->check(CLI::Range(0, 255));
    command.add_option("address", address_, "The register's number in the maker's document, counted from 1")
        ->required();
    command.add_flag("-0", manual_.zero_based, "The document counts from 0, as the PDU does");
    command.add_option("-t", manual_.type, "3 input, 4 holding registers")
        ->check(CLI::IsMember({"3", "4"}))
        ->capture_default_str();
    command.add_option("--expect", expect_, "A value near to what the meter's display shows: 230.4");
    const std::string group = "Of a device that no bus of the configuration has";
    command.add_option("-b", manual_.baud, "Baud rate")->capture_default_str()->group(group);
    command.add_option("-P", manual_.parity, "none, even or odd")->capture_default_str()->group(group);
    command.add_option("-s", manual_.stop_bits, "Stop bits")->check(CLI::Range(1, 2))->group(group);
    command.add_option("-o", manual_.timeout_s, "Time-out in seconds")->capture_default_str()->group(group);
    command.add_option("--config", sources_.config, "Configuration file")->capture_default_str();
    command.add_option("--maps", sources_.map_dirs, "Directories of register maps")->capture_default_str();
    command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
    command.add_flag("--json", json_, "One JSON object");
    command.footer(
        "submeter probe /dev/ttyUSB0 7 53 -t 3 -b 9600 -P none --expect 12480\n"
        "submeter probe rs485-1 7 0x34 -0 -t 3\n"
        "A port the daemon polls is read through the daemon.\n"
        "Exit status: 0 something fits, 1 nothing does, 2 usage, 3 no answer.");
  }

  ExitCode run() override {
    const auto target = probe_target();
    if (!target) return fail(target.error(), ExitCode::kUsage);
    const auto expected = expect_.empty() ? std::nullopt : Decimal::parse(expect_);
    if (!expect_.empty() && !expected)
      return fail({fmt::format("--expect {}: expected a number like 230.4", expect_)}, ExitCode::kUsage);
    const auto table = manual_.type == "3" ? meters::Table::kInput : meters::Table::kHolding;
    const auto places = places_of(address_, manual_.zero_based, table);
    if (places.empty()) {
      return fail({fmt::format("register {}: they are numbered from {} to {}", address_,
                               manual_.zero_based ? 0 : 1, manual_.zero_based ? 65535 : 65536)},
                  ExitCode::kUsage);
    }
    const auto source = find_register_source(socket_, target->bus, target->options);
    return probe(*source, places, expected);
  }

  Result<ScanTarget> probe_target() const {
    auto target = find_target(manual_.target, sources_);
    if (!target || target->configured) return target;
    ManualRead manual = manual_;
    const auto* endpoint = std::get_if<TcpEndpoint>(&target->options.line);
    manual.mode = endpoint == nullptr ? "rtu" : "tcp";
    if (endpoint != nullptr) manual.target = endpoint->host;
    if (endpoint != nullptr) manual.port = endpoint->port;
    const auto bus = manual.bus();
    if (!bus) return bus.error();
    target->options = *bus;
    target->bus.clear();
    return target;
  }

  ExitCode probe(RegisterSource& source, const std::vector<ProbePlace>& places,
                 const std::optional<Decimal>& expected) const {
    const UnitId unit{static_cast<std::uint8_t>(manual_.unit)};
    std::vector<ProbeCandidate> candidates;
    std::vector<std::string> refusals;
    bool answered = false;
    for (const ProbePlace& place : places) {
      const Reading reading = read_around(source, unit, place);
      answered = answered || reading.answered;
      if (reading.blocks.empty())
        refusals.push_back(meters::register_text(place.table, place.address) + ": " + reading.refusal);
      auto found = rank(place, reading.blocks, expected);
      candidates.insert(candidates.end(), std::make_move_iterator(found.begin()),
                        std::make_move_iterator(found.end()));
      if (!reading.answered) break;
    }
    std::ranges::stable_sort(candidates, std::greater<>(), &ProbeCandidate::score);
    print(source, candidates, refusals, answered);
    if (!answered) return ExitCode::kNoAnswer;
    return candidates.empty() ? ExitCode::kFinding : ExitCode::kFine;
  }

  void print(const RegisterSource& source, const std::vector<ProbeCandidate>& candidates,
             const std::vector<std::string>& refusals, bool answered) const {
    const std::size_t shown = std::min(candidates.size(), kShown);
    Json list = Json::array();
    Table table({"VALUE", "TYPE", "REGISTER", "OFFSET", "LOOKS LIKE", "IN A MAP WITH addressing: pdu"});
    for (std::size_t i = 0; i < shown; ++i) {
      const ProbeCandidate& candidate = candidates[i];
      list.push_back(candidate_json(candidate));
      table.add({plain(candidate.value),
                 fmt::format("{} {}", type_word(candidate.point.type), order_word(candidate.point.order)),
                 meters::register_text(candidate.point.table, candidate.point.address), where_text(candidate),
                 candidate.looks_like, candidate.yaml()});
    }
    if (json_) {
      fmt::print("{}\n", Json{{"source", source.describe()},
                              {"unit", manual_.unit},
                              {"candidates", list},
                              {"refused", refusals}}
                             .dump());
      return;
    }
    fmt::print("unit {} on {}\n{}", manual_.unit, source.describe(), table.to_string());
    for (const std::string& refusal : refusals) fmt::print("{}\n", refusal);
    if (candidates.empty() && answered) {
      fmt::print("{}\n", expect_.empty()
                             ? "nothing there looks like a value; give what the display shows with --expect"
                             : "nothing there is near that value: is it the right table (-t 3, -t 4)?");
    }
  }

  static ExitCode fail(const Error& error, ExitCode code) {
    print_error(error.message);
    return code;
  }

  ManualRead manual_;
  int address_ = 0;
  std::string expect_;
  config::Sources sources_;
  std::string socket_ = kDefaultSocket;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_probe_command() {
  return std::make_unique<ProbeCommand>();
}

}  // namespace submeter::tool
