// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "config/configuration.h"

namespace submeter::config {

std::string Problem::to_string() const {
  const char* word = severity == Severity::kError ? "error" : "warning";
  if (line == 0) return fmt::format("{}: {}: {}", file, word, message);
  return fmt::format("{}:{}:{}: {}: {}", file, line, column, word, message);
}

bool Configuration::usable() const {
  return std::none_of(problems.begin(), problems.end(),
                      [](const Problem& problem) { return problem.severity == Severity::kError; });
}

}  // namespace submeter::config
