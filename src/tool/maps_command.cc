// SPDX-License-Identifier: Apache-2.0
#include "tool/maps_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "tool/map_check.h"
#include "tool/map_library.h"
#include "tool/map_report.h"
#include "tool/register_words.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

class MapsCommand final : public Command {
  std::string name() const override { return "maps"; }
  std::string summary() const override { return "List, show, search and check register maps"; }

  void declare(CLI::App& command) override {
    command.add_option("word", query_.word,
                       "A map's name shows it; any other word searches names, makers and models");
    command.add_option("--maker", query_.maker, "Only maps of this maker");
    command.add_option("--point", query_.point, "Only maps that have this point");
    command
        .add_option("--config", sources_.config,
                    "Configuration file; the site's maps are in `meters` beside it")
        ->capture_default_str();
    command.add_option("--maps", sources_.map_dirs, "Directories of register maps")->capture_default_str();
    command.add_flag("--json", json_, "One JSON value");
    command.footer(
        "submeter maps eastron-sdm630\n"
        "submeter maps --point reactive_q1_kvarh\n"
        "submeter maps check /etc/submeter/meters\n"
        "Exit status: 0 found, 1 nothing found or a map has errors, 2 usage.");
    check_ =
        command.add_subcommand("check", "What is wrong, or may cost, in register maps: file:line:column");
    check_->add_option("file", files_, "Register maps, or directories of them")->required();
    check_->add_flag("--json", json_, "One JSON object");
    check_->footer(
        "A warning ends with its word: … [gap]. A comment in the map answers it, at the end of the line or "
        "for the\n"
        "whole map on a line of its own: # accepts gap: why\n"
        "Exit status: 0 nothing, 1 findings, 2 usage.");
  }

  ExitCode run() override {
    if (check_->parsed()) return check_maps(files_, json_);
    const MapLibrary library = load_map_library(sources_);
    for (const config::Problem& problem : library.problems)
      std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    const LibraryMap* exact = library.find(query_.word);
    const ExitCode code = exact != nullptr ? show(*exact) : list(library);
    return library.problems.empty() ? code : ExitCode::kFinding;
  }

  ExitCode show(const LibraryMap& entry) const {
    if (json_) {
      std::printf("%s\n", map_sheet_json(entry).dump().c_str());
    } else {
      std::printf("%s", map_sheet(entry).c_str());
    }
    return ExitCode::kFine;
  }

  ExitCode list(const MapLibrary& library) const {
    const auto found = search(library, query_);
    if (json_) {
      std::printf("%s\n", map_list_json(found).dump().c_str());
    } else if (found.empty()) {
      print_error(nothing_found(library, query_));
    } else {
      std::printf("%s%s; `submeter maps NAME` shows one with its registers\n", map_list(found).c_str(),
                  counted(found.size(), "map").c_str());
    }
    return found.empty() ? ExitCode::kFinding : ExitCode::kFine;
  }

  MapQuery query_;
  config::Sources sources_;
  std::vector<std::filesystem::path> files_;
  CLI::App* check_ = nullptr;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_maps_command() {
  return std::make_unique<MapsCommand>();
}

}  // namespace submeter::tool
