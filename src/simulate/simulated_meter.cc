// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulated_meter.h"

#include <algorithm>

#include "simulate/point_values.h"
#include "submeter/check.h"

namespace submeter::simulate {
namespace {

RegisterImage image_of(const std::vector<meters::BoundPoint>& points, const meters::ReadLimits& limits) {
  std::vector<meters::RegisterRange> used;
  used.reserve(points.size());
  for (const meters::BoundPoint& bound : points) {
    used.push_back({bound.point.table, bound.point.address, meters::width(bound.point.type)});
  }
  return {used, limits.gap_allowed ? SimulatedMeter::kFilledHole : std::uint16_t{0}};
}

}  // namespace

Result<SimulatedMeter> SimulatedMeter::make(const MeterOptions& options, const meters::RegisterMap& map,
                                            std::vector<std::unique_ptr<Load>> loads,
                                            const Decimal& start_import_kwh) {
  SUBMETER_CHECK(loads.size() == static_cast<std::size_t>(map.channels));
  std::vector<Channel> channels;
  std::vector<meters::BoundPoint> all;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    Channel channel{.load = std::move(loads[i]), .points = {}};
    for (const meters::MapPoint& point : map.points) {
      auto bound = meters::bind_point(map, point.name, static_cast<int>(i) + 1, options.ct, options.pt);
      if (!bound.ok()) return bound.error();
      channel.points.push_back(std::move(bound.value()));
    }
    all.insert(all.end(), channel.points.begin(), channel.points.end());
    channels.push_back(std::move(channel));
  }
  return SimulatedMeter(options, std::move(channels), image_of(all, map.limits), start_import_kwh);
}

SimulatedMeter::SimulatedMeter(const MeterOptions& options, std::vector<Channel> channels,
                               RegisterImage image, const Decimal& start_import_kwh)
    : id_(options.id),
      unit_(options.unit),
      channels_(std::move(channels)),
      image_(std::move(image)),
      start_import_kwh_(start_import_kwh) {}

const RegisterBlock* SimulatedMeter::read(meters::Table table, std::uint16_t address, Duration elapsed) {
  if (elapsed != refreshed_) refresh(elapsed);
  return image_.find(table, address);
}

void SimulatedMeter::refresh(Duration elapsed) {
  refreshed_ = elapsed;
  for (Channel& channel : channels_) {
    LoadState state = channel.load->at(elapsed);
    state.energy.import_kwh =
        state.energy.import_kwh.plus(start_import_kwh_).value_or(state.energy.import_kwh);
    for (const meters::BoundPoint& bound : channel.points) {
      const Decimal value = point_value(bound.point.name, state).value_or(Decimal{});
      image_.store(bound.point.table, bound.point.address, meters::encode(bound, value));
    }
  }
}

int phase_count(const meters::RegisterMap& map) {
  const bool second = std::ranges::any_of(
      map.points, [](const meters::MapPoint& point) { return point.name.find("_l2") != std::string::npos; });
  return second ? 3 : 1;
}

}  // namespace submeter::simulate
