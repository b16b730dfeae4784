// SPDX-License-Identifier: Apache-2.0
// Input: the text of a register map.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "config/map_loader.h"
#include "meters/decoder.h"
#include "meters/identification.h"
#include "tests/fuzz/problems.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

/// Whatever a meter answers has to be taken.
void decode_all(const meters::RegisterMap& map, const meters::MapPoint& point, std::uint16_t fill) {
  const auto bound = meters::bind_point(map, point.name, map.channels, {}, {});
  if (!bound) return;
  const std::vector<std::uint16_t> words(meters::range_of(*bound).count, fill);
  static_cast<void>(meters::decode(*bound, words));
  static_cast<void>(meters::encode(*bound, Decimal(fill)));
  if (!map.identify) return;
  SUBMETER_CHECK(meters::identifies(*map.identify, meters::identity_words(*map.identify)));
}

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
    for (const std::uint16_t fill : std::initializer_list<std::uint16_t>{0x0000, 0x8000, 0xFFFF})
      decode_all(map, point, fill);
  }
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  submeter::fuzz::check(std::string(data, data + size));
  return 0;
}
