// SPDX-License-Identifier: Apache-2.0
// Every shipped map, as a simulated meter: what its registers decode to is what the load says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <span>

#include "config/configuration.h"
#include "meters/decoder.h"
#include "simulate/daily_load.h"
#include "simulate/point_values.h"
#include "simulate/simulated_meter.h"

namespace submeter {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using simulate::DailyLoad;

std::vector<fs::path> shipped_maps() {
  std::vector<fs::path> maps;
  for (const auto& entry : fs::directory_iterator(fs::path(SUBMETER_SOURCE_DIR) / "config/meters")) {
    if (entry.path().extension() == ".yaml") maps.push_back(entry.path());
  }
  std::ranges::sort(maps);
  return maps;
}

// One step of the register, or what a float32 loses.
double resolution(const meters::BoundPoint& bound, double value) {
  const bool is_float =
      bound.point.type == meters::Type::kFloat32 || bound.point.type == meters::Type::kFloat64;
  return is_float ? std::abs(value) * 1e-6 + 1e-9 : std::abs(bound.factor.to_double());
}

class ShippedMap : public testing::TestWithParam<fs::path> {
 protected:
  ShippedMap() {
    std::vector<config::Problem> problems;
    map_ = config::load_map(GetParam(), problems);
    for (const config::Problem& problem : problems) ADD_FAILURE() << problem.to_string();
    options_.unit = UnitId{1};
    if (map_.scaled == meters::ScaledSide::kSecondary) {
      options_.ct = TransformerRatio{
          .primary = Decimal{400}, .secondary = Decimal{5}, .applied_by = AppliedBy::kGateway};
    }
  }
  simulate::DailyLoadOptions load(int channel) const {
    return {.shape = simulate::LoadShape::kOffice,
            .peak_kw = 5.0,
            .phase_count = simulate::phase_count(map_),
            .seed = static_cast<std::uint64_t>(channel)};
  }
  simulate::SimulatedMeter meter() const {
    std::vector<std::unique_ptr<simulate::Load>> loads;
    for (int channel = 1; channel <= map_.channels; ++channel) {
      loads.push_back(std::make_unique<DailyLoad>(load(channel)));
    }
    auto made = simulate::SimulatedMeter::make(options_, map_, std::move(loads), Decimal{});
    SUBMETER_CHECK(made.ok());
    return std::move(*made);
  }

  meters::RegisterMap map_;
  MeterOptions options_;
};
INSTANTIATE_TEST_SUITE_P(Maps, ShippedMap, testing::ValuesIn(shipped_maps()), [](const auto& parameter) {
  std::string name = parameter.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST_P(ShippedMap, DecodesToWhatTheSimulatedMeterPublishes) {
  constexpr Duration kAt = 2h + 345ms;
  simulate::SimulatedMeter simulated = meter();
  for (int channel = 1; channel <= map_.channels; ++channel) {
    const simulate::LoadState state = DailyLoad(load(channel)).at(kAt);
    for (const meters::MapPoint& point : map_.points) {
      const auto bound = meters::bind_point(map_, point.name, channel, options_.ct, options_.pt);
      const auto expected = simulate::point_value(point.name, state);
      if (!expected) continue;  // x_…
      const std::uint16_t address = bound->point.address.value;
      const simulate::RegisterBlock* block = simulated.read(point.table, address, kAt);
      ASSERT_NE(block, nullptr) << point.name;
      const auto words = std::span(block->words).subspan(address - block->start, meters::width(point.type));
      const meters::Decoded decoded = meters::decode(*bound, words);
      ASSERT_EQ(decoded.status, meters::Decoded::Status::kValue) << point.name;
      EXPECT_NEAR(decoded.value.to_double(), expected->to_double(), resolution(*bound, expected->to_double()))
          << point.name << " of channel " << channel;
    }
  }
}

}  // namespace
}  // namespace submeter
