// SPDX-License-Identifier: Apache-2.0
// What holds for everything that config finds wrong.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "submeter/check.h"

namespace submeter::fuzz {

inline void check_problems(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    SUBMETER_CHECK(!problem.file.empty() && !problem.message.empty());
    SUBMETER_CHECK(problem.line >= 0 && problem.column >= 0);
    // They go to a terminal and a log: not even foreign text brings control characters.
    for (const char character : problem.to_string()) SUBMETER_CHECK(character < 0 || character >= ' ');
  }
}

inline bool has_error(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    if (problem.severity == config::Severity::kError) return true;
  }
  return false;
}

}  // namespace submeter::fuzz
