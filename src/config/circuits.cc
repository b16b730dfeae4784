// SPDX-License-Identifier: Apache-2.0
#include "config/circuits.h"

#include <fmt/core.h>

#include "config/nearest_word.h"
#include "meters/decoder.h"

namespace submeter::config {

namespace {

CircuitDraft inherit(CircuitDraft circuit, const CircuitDraft& common) {
  if (!circuit.interval) circuit.interval = common.interval;
  if (!circuit.points.given()) circuit.points = common.points;
  circuit.labels.insert(common.labels.begin(), common.labels.end());
  return circuit;
}

/// True when the channel, given or not, is one of the map's.
bool check_channel(const CircuitDraft& circuit, const meters::RegisterMap& map) {
  if (map.channels == 1 && circuit.channel.given()) {
    circuit.channel.place.error(fmt::format("map '{}' has no channels; expected no 'channel'", map.name));
    return false;
  }
  if (map.channels > 1 && !circuit.channel.given()) {
    circuit.id.place.error(fmt::format(
        "map '{}' has {} channels; expected 'circuits', each with its 'channel'", map.name, map.channels));
    return false;
  }
  if (circuit.channel.value > map.channels) {
    circuit.channel.place.error(
        fmt::format("map '{}' has channels 1 to {}, not {}", map.name, map.channels, circuit.channel.value));
    return false;
  }
  return true;
}

void report_unknown_point(const PointDraft& point, const meters::RegisterMap& map) {
  std::vector<std::string_view> names;
  for (const meters::MapPoint& known : map.points) names.push_back(known.name);
  point.name.place.error(fmt::format("map '{}' has no point '{}'{}", map.name, shown(point.name.value),
                                     suggestion(point.name.value, names)));
}

void report_text(const PointDraft& point, const meters::RegisterMap& map) {
  point.name.place.error(fmt::format(
      "'{}' of map '{}' is a text, and samples carry numbers; leave it out: submeter read --all shows it",
      point.name.value, map.name));
}

/// A ratio that contradicts the map does so for every point: blame the ratio, where there is one.
const Place& culprit(const MeterDraft& meter, const PointDraft& point) {
  if (meter.ct.given()) return meter.ct.place;
  if (meter.pt.given()) return meter.pt.place;
  return point.name.place;
}

void check_point(const MeterDraft& meter, const PointDraft& point, int channel,
                 const meters::RegisterMap& map) {
  const auto& ct = meter.ct.value;
  const bool turned = ct && ct->reversed && meters::opposite_of(point.name.value) != point.name.value;
  const meters::MapPoint* source = meters::source_of(map, point.name.value, ct);
  if (source == nullptr && !turned) return report_unknown_point(point, map);
  if (source != nullptr && source->type == meters::Type::kString) return report_text(point, map);
  const auto bound = meters::bind_point(map, point.name.value, channel, ct, meter.pt.value);
  if (!bound) (source == nullptr ? point.name.place : culprit(meter, point)).error(bound.error().message);
}

}  // namespace

std::vector<CircuitDraft> circuits_of(const MeterDraft& meter) {
  if (!meter.circuits.given()) return {meter.common};
  std::vector<CircuitDraft> circuits;
  for (const CircuitDraft& circuit : meter.circuits.value) circuits.push_back(inherit(circuit, meter.common));
  return circuits;
}

CircuitOptions to_options(const CircuitDraft& circuit) {
  CircuitOptions options;
  options.id = circuit.id.value;
  if (circuit.channel.given()) options.channel = circuit.channel.value;
  options.labels = circuit.labels;
  const auto interval = circuit.interval.value_or(kDefaultInterval);
  for (const PointDraft& point : circuit.points.value) {
    options.points.push_back({point.name.value, point.interval.value_or(interval)});
  }
  return options;
}

void check_against_map(const MeterDraft& meter, const std::vector<CircuitDraft>& circuits,
                       const meters::RegisterMap& map) {
  for (const CircuitDraft& circuit : circuits) {
    const bool has_channel = check_channel(circuit, map);
    const int channel = circuit.channel.given() ? circuit.channel.value : 1;
    for (const PointDraft& point : circuit.points.value) {
      if (has_channel || map.find(point.name.value) == nullptr) check_point(meter, point, channel, map);
    }
  }
}

}  // namespace submeter::config
