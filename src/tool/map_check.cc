// SPDX-License-Identifier: Apache-2.0
#include "tool/map_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "config/map_loader.h"
#include "config/map_review.h"
#include "config/read_file.h"
#include "tool/problem_json.h"
#include "tool/register_words.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

namespace fs = std::filesystem;
using Problems = std::vector<config::Problem>;

void check_file(const fs::path& file, Problems& problems) {
  const config::Source source(file, problems);
  const auto text = config::read_file(source);
  if (!text) return;
  const meters::RegisterMap map = config::parse_map(source, *text);
  if (source.errors() == 0) config::review_map(source, *text, map);
  std::ranges::stable_sort(problems, {}, [](const config::Problem& problem) { return problem.line; });
}

std::vector<fs::path> files_of(const std::vector<fs::path>& paths, Problems& problems) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    std::error_code ignored;  // what cannot be looked at is reported when it is read
    if (!fs::is_directory(path, ignored)) {
      files.push_back(path);
      continue;
    }
    for (const fs::path& file : config::yaml_files(path, problems)) files.push_back(file);
  }
  return files;
}

}  // namespace

ExitCode check_maps(const std::vector<fs::path>& paths, bool json) {
  Problems problems;
  const std::vector<fs::path> files = files_of(paths, problems);
  if (files.empty() && problems.empty()) {
    print_error("no register maps there: expected files or directories with *.yaml");
    return ExitCode::kUsage;
  }
  for (const fs::path& file : files) {
    Problems found;
    check_file(file, found);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  const auto is_error = [](const config::Problem& problem) {
    return problem.severity == config::Severity::kError;
  };
  const auto errors = static_cast<std::size_t>(std::ranges::count_if(problems, is_error));
  const std::size_t warnings = problems.size() - errors;
  if (json) {
    std::printf("%s\n", Json{{"maps", files.size()},
                             {"errors", errors},
                             {"warnings", warnings},
                             {"problems", problems_json(problems)}}
                            .dump()
                            .c_str());
  } else {
    for (const config::Problem& problem : problems) std::printf("%s\n", problem.to_string().c_str());
    std::printf("%s, %s, %s\n", counted(files.size(), "map").c_str(), counted(errors, "error").c_str(),
                counted(warnings, "warning").c_str());
  }
  return problems.empty() ? ExitCode::kFine : ExitCode::kFinding;
}

}  // namespace submeter::tool
