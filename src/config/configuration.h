// SPDX-License-Identifier: Apache-2.0
// From YAML files to validated options, every mistake of one run reported with file, line and column. SPEC
// section 2. The only place that knows YAML. Blocks on the disk: before the loop starts, or for a reload of
// small files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "meters/register_map.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::config {

enum class Severity : std::uint8_t { kError, kWarning };

struct Problem {
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;  ///< From 1; 0: the file as a whole.
  int column = 0;
  std::string message;  ///< What is wrong, what was expected.
  /// "config.yaml:12:7: error: unknown key 'baudrate' in a bus; did you mean 'baud'?"
  std::string to_string() const;
  bool operator==(const Problem&) const = default;
};

/// Where to look; the defaults are those of the installed package.
struct Sources {
  std::filesystem::path config = "/etc/submeter/config.yaml";
  /// Later directories replace maps of earlier ones. Besides them `conf.d` and `meters` beside the
  /// configuration file are read.
  std::vector<std::filesystem::path> map_dirs = {"/usr/share/submeter/meters"};
};

struct Configuration {
  Options options;
  std::map<std::string, meters::RegisterMap> maps;  ///< Only those in use, by name.
  std::string digest;  ///< 8 hex digits over all that was read: a record's `cfg`.
  std::vector<Problem> problems;
  std::vector<std::string> notes;  ///< "map eastron-sdm630: /etc/submeter/meters/… replaces the shipped one"
  bool usable() const;             ///< No problem is an error.
};

/// Never throws for what the files say: all of it is in `problems`, by file, line and column.
Configuration load(const Sources& sources);

/// One register map. Problems are appended; the map is complete only if none of them is an error.
meters::RegisterMap load_map(const std::filesystem::path& file, std::vector<Problem>& problems);

}  // namespace submeter::config
