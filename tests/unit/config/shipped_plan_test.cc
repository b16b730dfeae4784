// SPDX-License-Identifier: Apache-2.0
// Metric B2 of the bench: the time to read a whole SDM630 by the shipped map at 9600 8N1 from a meter that
// takes 20 ms, against the best plan there is. Pure arithmetic.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>

#include "config/map_loader.h"
#include "meters/read_plan.h"

namespace submeter::config {
namespace {

constexpr double kCharacterMs = 10e3 / 9600;
constexpr double kTurnaroundMs = 20.0;

double read_ms(int registers) {
  return (8 + 5 + 2 * registers) * kCharacterMs + 3.5 * kCharacterMs + kTurnaroundMs;
}

meters::RegisterMap shipped_sdm630() {
  const auto path = std::filesystem::path(SUBMETER_SOURCE_DIR) / "config/meters/eastron-sdm630.yaml";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::vector<Problem> problems;
  meters::RegisterMap map = parse_map(Source{path.string(), problems}, text.str());
  EXPECT_TRUE(problems.empty());
  return map;
}

/// Tries every length of every request, from the first value that no request covers yet.
class EveryLength {
 public:
  EveryLength(std::map<int, int> end_of_value_at, int max_registers)
      : values_(std::move(end_of_value_at)), max_registers_(max_registers) {}

  double cheapest_ms(int from = 0) {
    const auto first = values_.lower_bound(from);
    if (first == values_.end()) return 0.0;
    const auto known = known_.find(first->first);
    if (known != known_.end()) return known->second;
    double best = std::numeric_limits<double>::max();
    for (int length = 1; length <= max_registers_; ++length) {
      auto left = first;
      while (left != values_.end() && left->second <= first->first + length) ++left;
      if (left == first) continue;
      best = std::min(best, read_ms(length) + (left == values_.end() ? 0.0 : cheapest_ms(left->first)));
    }
    return known_[first->first] = best;
  }

 private:
  std::map<int, int> values_;
  int max_registers_;
  std::map<int, double> known_;
};

TEST(ShippedPlan, ReadsAWholeSdm630AsFastAsTheBestPlanDoes) {
  const meters::RegisterMap map = shipped_sdm630();
  std::vector<meters::RegisterRange> wanted;
  std::map<int, int> values;
  double one_by_one_ms = 0;
  for (const meters::MapPoint& point : map.points) {
    ASSERT_EQ(point.table, meters::Table::kInput);
    wanted.push_back({point.table, point.address, meters::width(point.type)});
    values[point.address.value] = point.address.value + meters::width(point.type);
    one_by_one_ms += read_ms(meters::width(point.type));
  }
  BusOptions bus;
  bus.line = SerialLine{.device = {}, .baud = 9600, .parity = Parity::kNone};
  const auto plan =
      meters::plan_reads(wanted, map.limits, meters::read_cost(bus, std::chrono::milliseconds{20}));
  double ours_ms = 0;
  for (const meters::RegisterRange& request : plan) ours_ms += read_ms(request.count);
  const double best_ms = EveryLength(values, map.limits.max_registers).cheapest_ms();
  std::cout << "B2: " << map.points.size() << " values in " << plan.size() << " requests, " << ours_ms
            << " ms; best plan " << best_ms << " ms; a request a value " << one_by_one_ms << " ms\n";
  EXPECT_NEAR(ours_ms, best_ms, 1e-9);
}

}  // namespace
}  // namespace submeter::config
