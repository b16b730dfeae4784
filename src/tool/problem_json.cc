// SPDX-License-Identifier: Apache-2.0
#include "tool/problem_json.h"

namespace submeter::tool {

Json problems_json(const std::vector<config::Problem>& problems) {
  Json list = Json::array();
  for (const config::Problem& problem : problems) {
    list.push_back({{"severity", problem.severity == config::Severity::kError ? "error" : "warning"},
                    {"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"message", problem.message}});
  }
  return list;
}

}  // namespace submeter::tool
