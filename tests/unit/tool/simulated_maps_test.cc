// SPDX-License-Identifier: Apache-2.0
// Every shipped map, as a simulated meter: what its registers decode to is what the load says, its texts are
// its id, and it is told by what its map says it is told by.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <span>

#include "config/configuration.h"
#include "meters/decoder.h"
#include "meters/identification.h"
#include "meters/scale_register.h"
#include "meters/text_register.h"
#include "simulate/daily_load.h"
#include "simulate/point_values.h"
#include "simulate/simulated_meter.h"
#include "submeter/check.h"

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

using Words = std::span<const std::uint16_t>;

/// What the scale register beside a value makes of one step of it.
Decimal step_of(const meters::BoundPoint& bound, Words words) {
  const meters::MapPoint& point = bound.point;
  if (!point.scale_from) return bound.factor;
  const auto first =
      static_cast<std::size_t>(point.scale_from->address.value - meters::range_of(point).address.value);
  const auto said = meters::scale_said(*point.scale_from, point.order,
                                       words.subspan(first, meters::width(point.scale_from->type)));
  return meters::scaled_by(*point.scale_from, said.value(), bound.factor).value();
}

/// One step of the register, or what a float32 loses.
double resolution(const meters::BoundPoint& bound, Words words, double value) {
  const bool is_float =
      bound.point.type == meters::Type::kFloat32 || bound.point.type == meters::Type::kFloat64;
  return is_float ? std::abs(value) * 1e-6 + 1e-9 : std::abs(step_of(bound, words).to_double());
}

/// Others cannot show what flows the wrong way.
bool is_signed(meters::Type type) {
  using meters::Type;
  constexpr Type kSigned[] = {Type::kInt16, Type::kInt32, Type::kInt64, Type::kFloat32, Type::kFloat64};
  return std::ranges::count(kSigned, type) != 0;
}

class ShippedMap : public testing::TestWithParam<fs::path> {
 protected:
  ShippedMap() {
    std::vector<config::Problem> problems;
    map_ = config::load_map(GetParam(), problems);
    for (const config::Problem& problem : problems) ADD_FAILURE() << problem.to_string();
    options_.id = "a1";
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

  void expect_read_back() const {
    constexpr Duration kAt = 2h + 345ms;
    simulate::SimulatedMeter simulated = meter();
    for (int channel = 1; channel <= map_.channels; ++channel) {
      const simulate::LoadState state = DailyLoad(load(channel)).at(kAt);
      for (const meters::MapPoint& point : map_.points) {
        if (meters::source_of(map_, point.name, options_.ct) == nullptr) continue;
        SCOPED_TRACE(point.name + " of channel " + std::to_string(channel));
        const auto bound = meters::bind_point(map_, point.name, channel, options_.ct, options_.pt);
        expect_value(*bound, words_of(simulated, meters::range_of(*bound), kAt), state);
      }
    }
  }

  void expect_value(const meters::BoundPoint& bound, Words words, const simulate::LoadState& state) const {
    const meters::MapPoint& point = bound.point;
    if (point.type == meters::Type::kString) {
      EXPECT_EQ(meters::text_of(point, words), options_.id.substr(0, 2U * point.length));
      return;
    }
    const Decimal expected = simulate::point_value(point.name, state).value_or(Decimal());  // x_…: 0
    if (bound.factor.is_negative() && !expected.is_negative() && !is_signed(point.type)) return;
    const meters::Decoded decoded = meters::decode(bound, words);
    if (expected.is_zero() && std::ranges::count(point.invalid, 0U) != 0) {
      EXPECT_EQ(decoded.status,
                meters::Decoded::Status::kInvalid);  // a SunSpec accumulator that stands still
      return;
    }
    ASSERT_EQ(decoded.status, meters::Decoded::Status::kValue);
    EXPECT_NEAR(decoded.value.to_double(), expected.to_double(),
                resolution(bound, words, expected.to_double()));
  }

  static Words words_of(simulate::SimulatedMeter& simulated, const meters::RegisterRange& range,
                        Duration at) {
    const simulate::RegisterBlock* block = simulated.read(range, at);
    SUBMETER_CHECK(block != nullptr &&
                   range.address.value - block->start + range.count <= static_cast<int>(block->words.size()));
    return Words(block->words)
        .subspan(static_cast<std::size_t>(range.address.value - block->start), range.count);
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
  expect_read_back();
}

TEST_P(ShippedMap, DecodesToTheSameThroughATransformerTheWrongWayRound) {
  if (!options_.ct) options_.ct = TransformerRatio{};
  options_.ct->reversed = true;
  expect_read_back();
}

TEST_P(ShippedMap, IsToldByWhatItsMapSaysItIsToldBy) {
  simulate::SimulatedMeter simulated = meter();
  if (map_.identify) {
    EXPECT_TRUE(
        meters::identifies(*map_.identify, words_of(simulated, meters::range_of(map_.identify->reg), 1s)));
  }
  if (!map_.ct_check) return;
  const auto secondary = map_.ct_check->secondary
                             ? words_of(simulated, meters::range_of(*map_.ct_check->secondary), 1s)
                             : Words();
  const auto programmed = meters::programmed_ct(
      *map_.ct_check, words_of(simulated, meters::range_of(map_.ct_check->reg), 1s), secondary);
  ASSERT_TRUE(programmed.has_value());
  EXPECT_TRUE(programmed->agrees_with(options_.ct.value_or(TransformerRatio{}))) << programmed->to_string();
}

}  // namespace
}  // namespace submeter
