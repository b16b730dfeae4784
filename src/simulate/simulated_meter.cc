// SPDX-License-Identifier: Apache-2.0
#include "simulate/simulated_meter.h"

#include <algorithm>

#include "meters/identification.h"
#include "meters/text_register.h"
#include "simulate/point_values.h"
#include "submeter/check.h"

namespace submeter::simulate {
namespace {

RegisterImage image_of(const std::vector<meters::BoundPoint>& points, const meters::RegisterMap& map) {
  std::vector<meters::RegisterRange> used;
  used.reserve(points.size());
  for (const meters::BoundPoint& bound : points) used.push_back(meters::range_of(bound));
  if (map.identify) used.push_back(meters::range_of(map.identify->reg));
  if (map.ct_check) used.push_back(meters::range_of(map.ct_check->reg));
  if (map.ct_check && map.ct_check->secondary) used.push_back(meters::range_of(*map.ct_check->secondary));
  return {used, map.limits.gap_allowed ? SimulatedMeter::kFilledHole : std::uint16_t{0}};
}

void store_number(const meters::MapPoint& reg, const Decimal& number, RegisterImage& image) {
  const meters::BoundPoint plain{.point = reg, .quantity = meters::Quantity::kOther, .factor = reg.scale};
  image.store(reg.table, reg.address, meters::encode(plain, number));
}

/// What the meter is programmed for: the configured transformer, or one that transforms nothing.
void store_ct(const meters::CtCheck& check, const std::optional<TransformerRatio>& ct, RegisterImage& image) {
  const TransformerRatio programmed = ct.value_or(TransformerRatio{});
  const bool is_ratio = check.gives == meters::CtCheck::Gives::kRatio;
  const auto ratio = programmed.primary.divided_by(programmed.secondary);
  store_number(check.reg, is_ratio ? ratio.value_or(Decimal(1)) : programmed.primary, image);
  if (check.secondary) store_number(*check.secondary, programmed.secondary, image);
}

/// What does not change with the load.
void store_constants(const MeterOptions& options, const meters::RegisterMap& map,
                     const std::vector<meters::BoundPoint>& points, const ScaleRegisters& scales,
                     RegisterImage& image) {
  for (const meters::BoundPoint& bound : points) {
    const meters::MapPoint& point = bound.point;
    if (bound.quantity != meters::Quantity::kOther) continue;
    const bool is_text = point.type == meters::Type::kString;
    image.store(
        point.table, point.address,
        is_text ? meters::words_of(point, options.id) : meters::encode(bound, Decimal(), scales.of(point)));
  }
  if (map.ct_check) store_ct(*map.ct_check, options.ct, image);
  if (map.identify) {
    image.store(map.identify->reg.table, map.identify->reg.address, meters::identity_words(*map.identify));
  }
}

/// The power factor as the register has it where its sign tells lag from lead.
Decimal ieee_power_factor(const Decimal& pf, const LoadState& state) {
  const bool lags = (state.supply.power_mw() < 0) == (state.supply.reactive_mvar() < 0);
  return pf.is_negative() == lags ? pf : pf.negated();
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
      if (meters::source_of(map, point.name, options.ct) == nullptr)
        continue;  // not readable with ct.reversed
      auto bound = meters::bind_point(map, point.name, static_cast<int>(i) + 1, options.ct, options.pt);
      if (!bound.ok()) return bound.error();
      channel.points.push_back(std::move(bound.value()));
    }
    all.insert(all.end(), channel.points.begin(), channel.points.end());
    channels.push_back(std::move(channel));
  }
  ScaleRegisters scales(all);
  RegisterImage image = image_of(all, map);
  scales.store(all, image);
  store_constants(options, map, all, scales, image);
  SimulatedMeter meter(options, std::move(channels), std::move(image), std::move(scales), start_import_kwh);
  if (map.identify) {
    const meters::MapPoint& reg = map.identify->reg;
    meter.identity_ = {reg.table, reg.address.value, meters::identity_words(*map.identify)};
  }
  return meter;
}

SimulatedMeter::SimulatedMeter(const MeterOptions& options, std::vector<Channel> channels,
                               RegisterImage image, ScaleRegisters scales, const Decimal& start_import_kwh)
    : id_(options.id),
      unit_(options.unit),
      channels_(std::move(channels)),
      image_(std::move(image)),
      scales_(std::move(scales)),
      start_import_kwh_(start_import_kwh) {}

const RegisterBlock* SimulatedMeter::read(const meters::RegisterRange& asked, Duration elapsed) {
  const bool identity = identity_ && asked.table == identity_->table &&
                        asked.address.value == identity_->start && asked.count == identity_->words.size();
  if (identity) return &*identity_;
  if (elapsed != refreshed_) refresh(elapsed);
  return image_.find(asked.table, asked.address.value);
}

void SimulatedMeter::refresh(Duration elapsed) {
  refreshed_ = elapsed;
  for (Channel& channel : channels_) {
    LoadState state = channel.load->at(elapsed);
    state.energy.import_kwh =
        state.energy.import_kwh.plus(start_import_kwh_).value_or(state.energy.import_kwh);
    for (const meters::BoundPoint& bound : channel.points) store(bound, state);
  }
}

void SimulatedMeter::store(const meters::BoundPoint& bound, const LoadState& state) {
  const meters::MapPoint& point = bound.point;
  const auto value = point_value(point.name, state);
  if (!value) return;  // x_…: constant
  const bool ieee =
      bound.quantity == meters::Quantity::kPowerFactor && point.encoding == meters::PfEncoding::kIeee;
  const Decimal shown = ieee ? ieee_power_factor(*value, state) : *value;
  image_.store(point.table, point.address, meters::encode(bound, shown, scales_.of(point)));
}

int phase_count(const meters::RegisterMap& map) {
  const bool second = std::ranges::any_of(
      map.points, [](const meters::MapPoint& point) { return point.name.find("_l2") != std::string::npos; });
  return second ? 3 : 1;
}

}  // namespace submeter::simulate
