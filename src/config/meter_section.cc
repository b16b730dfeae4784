// SPDX-License-Identifier: Apache-2.0
#include "config/meter_section.h"

#include <fmt/core.h>

#include <algorithm>

namespace submeter::config {

using namespace std::chrono_literals;

namespace {

constexpr DurationIn kIntervals{100ms, 24h};
constexpr Integer<int> kChannels{1, 1000};

/// The id behind a serial line or a gateway; which of its 256 values a bus allows is for later.
Result<UnitId> as_unit(const YamlNode& node) {
  const auto unit = Integer<std::uint8_t>{0, 255}(node);
  if (!unit) return unit.error();
  return UnitId{*unit};
}

/// A name, or {name, interval}.
PointDraft read_point(const Value& value) {
  PointDraft point;
  if (value.node->kind == YamlNode::Kind::kMap) {
    point_section().read(value, point);
  } else if (const auto name = parse(value, as_text)) {
    point.name = {*name, value.place()};
  }
  return point;
}

void read_points(const Value& value, CircuitDraft& circuit) {
  circuit.points.place = value.place();
  if (value.node->kind != YamlNode::Kind::kSequence || value.node->items.empty()) {
    return value.place().error(
        expected("a list of points, like [power_kw, energy_import_kwh]", *value.node).message);
  }
  for (const YamlNode& item : value.node->items) {
    PointDraft point = read_point(value.with(item));
    if (!point.name.given()) continue;
    const auto same = [&point](const PointDraft& other) { return other.name.value == point.name.value; };
    const bool twice = std::any_of(circuit.points.value.begin(), circuit.points.value.end(), same);
    if (twice)
      point.name.place.error(fmt::format("'{}' stands twice in these points", shown(point.name.value)));
    if (!twice) circuit.points.value.push_back(std::move(point));
  }
}

void read_labels(const Value& value, CircuitDraft& circuit) {
  for_each_named(value, "labels", [&circuit](const Located<std::string>& name, const Value& item) {
    if (const auto text = parse(item, as_text)) circuit.labels[name.value] = *text;
  });
}

/// The keys a circuit and a meter share; `circuit` finds the circuit in either.
template <class Record, class Access>
std::vector<Field<Record>> circuit_fields(Access circuit) {
  return {
      optional_by<Record>("interval",
                          [circuit](const Value& value, Record& record) {
                            if (const auto interval = parse(value, kIntervals))
                              circuit(record).interval = *interval;
                          }),
      optional_by<Record>(
          "points", [circuit](const Value& value, Record& record) { read_points(value, circuit(record)); }),
      optional_by<Record>(
          "labels", [circuit](const Value& value, Record& record) { read_labels(value, circuit(record)); }),
  };
}

void read_circuits(const Value& value, MeterDraft& meter) {
  meter.circuits.place = value.key_place();
  if (value.node->kind == YamlNode::Kind::kNull ||
      (value.node->kind == YamlNode::Kind::kMap && value.node->entries.empty())) {
    return value.key_place().error("'circuits' is empty; expected at least one, or no such key");
  }
  for_each_named(value, "circuits", [&meter](const Located<std::string>& id, const Value& item) {
    CircuitDraft circuit;
    circuit.id = id;
    circuit_section().read(item, circuit);
    meter.circuits.value.push_back(std::move(circuit));
  });
}

Field<MeterDraft> transformer(std::string_view key, const Section<TransformerRatio>& section,
                              Located<std::optional<TransformerRatio>> MeterDraft::*member) {
  return optional_by<MeterDraft>(key, [&section, member](const Value& value, MeterDraft& meter) {
    TransformerRatio ratio;
    const std::size_t errors = value.source->errors();
    section.read(value, ratio);
    if (value.source->errors() != errors) return;
    if (ratio.primary < ratio.secondary)
      value.key_place().warning("the primary side is smaller than the secondary; swapped?");
    meter.*member = {ratio, value.key_place()};
  });
}

std::vector<Field<TransformerRatio>> ratio_fields() {
  static const Choice<AppliedBy> applied_by{{{"meter", AppliedBy::kMeter}, {"gateway", AppliedBy::kGateway}}};
  return {required("primary", &TransformerRatio::primary, as_positive_decimal),
          required("secondary", &TransformerRatio::secondary, as_positive_decimal),
          required("applied_by", &TransformerRatio::applied_by, applied_by)};
}

}  // namespace

const Section<PointDraft>& point_section() {
  static const Section<PointDraft> section("point", "a point",
                                           {required("name", &PointDraft::name, as_text),
                                            optional("interval", &PointDraft::interval, kIntervals)});
  return section;
}

const Section<CircuitDraft>& circuit_section() {
  static const Section<CircuitDraft> section(
      "circuit", "a circuit",
      joined(circuit_fields<CircuitDraft>([](CircuitDraft& circuit) -> CircuitDraft& { return circuit; }),
             {optional("channel", &CircuitDraft::channel, kChannels)}));
  return section;
}

const Section<TransformerRatio>& transformer_section() {
  static const Section<TransformerRatio> section("transformer", "a transformer", ratio_fields());
  return section;
}

const Section<TransformerRatio>& current_transformer_section() {
  static const Section<TransformerRatio> section(
      "current_transformer", "a current transformer",
      joined(ratio_fields(), {optional("reversed", &TransformerRatio::reversed, as_bool)}));
  return section;
}

const Section<MeterDraft>& meter_section() {
  static const Section<MeterDraft> section(
      "meter", "a meter",
      joined(circuit_fields<MeterDraft>([](MeterDraft& meter) -> CircuitDraft& { return meter.common; }),
             {required("bus", &MeterDraft::bus, as_id), required("unit", &MeterDraft::unit, as_unit),
              required("map", &MeterDraft::map, as_id),
              transformer("ct", current_transformer_section(), &MeterDraft::ct),
              transformer("pt", transformer_section(), &MeterDraft::pt),
              optional("aligned", &MeterDraft::aligned, as_bool),
              optional_by<MeterDraft>("circuits", read_circuits)}));
  return section;
}

void read_meters(const Value& value, std::vector<MeterDraft>& meters) {
  for_each_named(value, "meters", [&meters](const Located<std::string>& id, const Value& item) {
    MeterDraft meter;
    meter.id = id;
    meter.common.id = id;
    meter_section().read(item, meter);
    meters.push_back(std::move(meter));
  });
}

}  // namespace submeter::config
