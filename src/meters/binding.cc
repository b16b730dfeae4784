// SPDX-License-Identifier: Apache-2.0
#include "meters/binding.h"

#include <fmt/format.h>

#include <utility>

namespace submeter::meters {
namespace {

bool goes_through_ct(Quantity quantity) {
  switch (quantity) {
    case Quantity::kActiveEnergy:
    case Quantity::kReactiveEnergy:
    case Quantity::kApparentEnergy:
    case Quantity::kActivePower:
    case Quantity::kReactivePower:
    case Quantity::kApparentPower:
    case Quantity::kCurrent:
      return true;
    case Quantity::kPowerFactor:
    case Quantity::kVoltage:
    case Quantity::kFrequency:
    case Quantity::kTemperature:
    case Quantity::kOther:
      break;
  }
  return false;
}

bool goes_through_pt(Quantity quantity) {
  return quantity == Quantity::kVoltage || (goes_through_ct(quantity) && quantity != Quantity::kCurrent);
}

/// Seen through −I the sign turns around. Apparent power and current have none.
bool is_directed(const BoundPoint& bound) {
  if (bound.quantity == Quantity::kPowerFactor) return !lacks_sign(bound.point.encoding);
  return bound.quantity == Quantity::kActivePower || bound.quantity == Quantity::kReactivePower;
}

/// What the gateway multiplies by; 1 where the meter has done so. `kind` is the key in the configuration: ct
/// or pt.
Result<Decimal> gateway_factor(const RegisterMap& map, std::string_view kind,
                               const std::optional<TransformerRatio>& ratio) {
  if (!ratio) return Decimal(1);
  const bool by_gateway = ratio->applied_by == AppliedBy::kGateway;
  if (by_gateway && map.scaled == ScaledSide::kPrimary) {
    return Error{
        fmt::format("the ratio of {0} would be applied twice: registers of map {1} count on the primary side "
                    "already (scaled: primary); write {0}.applied_by: meter, or, where the meter is "
                    "programmed 1:1, use a site map with scaled: secondary",
                    kind, map.name)};
  }
  if (!by_gateway && map.scaled == ScaledSide::kSecondary) {
    return Error{
        fmt::format("nobody would apply the ratio of {0}: registers of map {1} count on the secondary side "
                    "(scaled: secondary); write {0}.applied_by: gateway",
                    kind, map.name)};
  }
  if (!by_gateway) return Decimal(1);
  const auto factor = ratio->primary.divided_by(ratio->secondary);
  if (!factor || *factor <= Decimal(0)) {
    return Error{fmt::format("{0} {1}:{2} is no ratio; {0}.primary and {0}.secondary are above 0", kind,
                             ratio->primary.to_string(), ratio->secondary.to_string())};
  }
  return *factor;
}

/// Sets the factor and the offset from what the map says of the register and from the transformers' factor.
Result<void> set_factor(BoundPoint& bound, const Decimal& transformers) {
  const MapPoint& point = bound.point;
  const auto unit = unit_factor(point.unit, bound.quantity);
  if (!unit) {
    return Error{fmt::format("unit {} of point {} does not convert to {}", point.unit, point.name,
                             published_unit(bound.quantity))};
  }
  const bool percent = bound.quantity == Quantity::kPowerFactor && point.encoding == PfEncoding::kPercent;
  const auto published = percent ? unit->times(Decimal(1, -2)) : unit;
  const auto after_scale = published ? published->times(transformers) : std::nullopt;
  const auto factor = after_scale ? after_scale->times(point.scale) : std::nullopt;
  const auto offset = after_scale ? after_scale->times(point.offset) : std::nullopt;
  if (!factor || !offset || factor->is_zero()) {
    return Error{
        fmt::format("scale {} and offset {} of point {}, with its unit and transformers, leave no number",
                    point.scale.to_string(), point.offset.to_string(), point.name)};
  }
  bound.factor = *factor;
  bound.offset = *offset;
  return {};
}

Result<MapPoint> point_of_channel(const RegisterMap& map, const MapPoint& point, int channel) {
  if (channel < 1 || channel > map.channels) {
    return Error{fmt::format("channel {} is not one of map {}, which has {}", channel, map.name,
                             map.channels == 1 ? "one" : fmt::format("1 to {}", map.channels))};
  }
  auto there = map.at_channel(point, channel);
  if (there) return std::move(*there);
  return Error{fmt::format("point {} of channel {} of map {} lies beyond the last register, 65535",
                           point.name, channel, map.name)};
}

Error no_source(const RegisterMap& map, std::string_view point, bool reversed) {
  if (!reversed || opposite_of(point) == point)
    return {fmt::format("map {} has no point {}", map.name, point)};
  const std::string_view counted_as = opposite_of(point);
  if (counted_as.empty()) {
    return {fmt::format(
        "with ct.reversed no register holds {}; leave it out, or turn the current transformer round", point)};
  }
  return {fmt::format(
      "with ct.reversed the meter counts {} as {}, which map {} does not have; leave it out, or turn "
      "the current transformer round",
      point, counted_as, map.name)};
}

}  // namespace

const MapPoint* source_of(const RegisterMap& map, std::string_view point,
                          const std::optional<TransformerRatio>& ct) {
  return map.find(ct && ct->reversed ? opposite_of(point) : point);
}

Result<BoundPoint> bind_point(const RegisterMap& map, std::string_view point, int channel,
                              const std::optional<TransformerRatio>& ct,
                              const std::optional<TransformerRatio>& pt) {
  const bool reversed = ct && ct->reversed;
  const MapPoint* const found = source_of(map, point, ct);
  const auto quantity = quantity_of(point);
  if (found == nullptr || !quantity) return no_source(map, point, reversed);
  auto there = point_of_channel(map, *found, channel);
  if (!there) return there.error();
  const auto ct_factor = gateway_factor(map, "ct", ct);
  if (!ct_factor) return ct_factor.error();
  const auto pt_factor = gateway_factor(map, "pt", pt);
  if (!pt_factor) return pt_factor.error();

  BoundPoint bound{.point = std::move(*there), .quantity = *quantity};
  bound.point.name = point;
  const Decimal current = goes_through_ct(*quantity) ? *ct_factor : Decimal(1);
  const Decimal voltage = goes_through_pt(*quantity) ? *pt_factor : Decimal(1);
  auto transformers = current.times(voltage);
  if (!transformers)
    return Error{fmt::format("the ratios of ct and pt of point {} are beyond any meter", point)};
  if (reversed && is_directed(bound)) transformers = transformers->negated();
  if (auto result = set_factor(bound, *transformers); !result) return result.error();
  return bound;
}

}  // namespace submeter::meters
