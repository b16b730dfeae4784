// SPDX-License-Identifier: Apache-2.0
// Input: the text of a register map.
#include <string>

#include "config/map_loader.h"
#include "tests/fuzz/problems.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

void check(const std::string& text) {
  std::vector<config::Problem> problems;
  const config::Source source("fuzz.yaml", problems);
  const meters::RegisterMap map = config::parse_map(source, text);
  check_problems(problems);
  SUBMETER_CHECK((source.errors() > 0) == has_error(problems));
  if (has_error(problems)) return;
  SUBMETER_CHECK(!map.points.empty() && map.channels >= 1);
  SUBMETER_CHECK(map.limits.max_registers >= 1 && map.limits.max_registers <= 125);
  for (const meters::MapPoint& point : map.points) {
    const auto last = map.at_channel(point, map.channels);
    SUBMETER_CHECK(last && meters::range_of(*last).count <= map.limits.max_registers);
    SUBMETER_CHECK(map.find(point.name) == &point);
  }
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  submeter::fuzz::check(std::string(data, data + size));
  return 0;
}
