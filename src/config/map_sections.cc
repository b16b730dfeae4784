// SPDX-License-Identifier: Apache-2.0
#include "config/map_sections.h"

#include "config/serial_fields.h"

namespace submeter::config {

using meters::RegisterMap;

namespace {

/// `auto` or a number of registers.
Result<std::optional<std::uint16_t>> as_gap(const YamlNode& node) {
  if (node.text == "auto") return std::optional<std::uint16_t>{};
  const auto gap = Integer<std::uint16_t>{0, 125}(node);
  if (!gap) return expected("auto or a whole number from 0 to 125", node);
  return std::optional{*gap};
}

Result<std::vector<std::string>> as_texts(const YamlNode& node) {
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) {
    const auto text = as_text(item);
    if (!text) return text.error();
    texts.push_back(*text);
  }
  if (texts.empty()) return expected("a list of names, like [SDM630-Modbus V2]", node);
  return texts;
}

void read_map_points(const Value& value, MapDraft& draft) {
  if (value.node->kind == YamlNode::Kind::kNull ||
      (value.node->kind == YamlNode::Kind::kMap && value.node->entries.empty())) {
    return value.key_place().error("'points' is empty; expected at least one");
  }
  if (!check_is_map(value, "points", {})) return;
  for (const Entry& entry : value.node->entries) {
    const Value item = value.with(entry.value);
    MapPointDraft point;
    point.name = {entry.key, item.key_place()};
    map_point_section().read(item, point);
    draft.points.push_back(std::move(point));
  }
}

}  // namespace

const Section<meters::ReadLimits>& limits_section() {
  using meters::ReadLimits;
  static const Section<ReadLimits> section(
      "limits", "limits",
      {optional("max_registers", &ReadLimits::max_registers, Integer<std::uint16_t>{1, 125}),
       optional("max_gap", &ReadLimits::max_gap, as_gap),
       optional("gap_allowed", &ReadLimits::gap_allowed, as_bool)});
  return section;
}

// Whole or not at all: a default of ours would stand there as the maker's.
const Section<SerialLine>& map_serial_section() {
  static const Section<SerialLine> section(
      "serial", "serial",
      {required("baud", &SerialLine::baud, as_baud), required("parity", &SerialLine::parity, as_parity()),
       required("stop_bits", &SerialLine::stop_bits, Integer<int>{1, 2})});
  return section;
}

const Section<RegisterMap>& channels_section() {
  static const Section<RegisterMap> section(
      "channels", "channels",
      {required("count", &RegisterMap::channels, Integer<int>{2, 1000}),
       required("stride", &RegisterMap::channel_stride, Integer<std::uint16_t>{1, 32767})});
  return section;
}

const Section<MapDraft>& map_section() {
  static const Choice<Notation> notation{{{"pdu", Notation::kPdu},
                                          {"one_based", Notation::kOneBased},
                                          {"modicon5", Notation::kModicon5},
                                          {"modicon6", Notation::kModicon6}}};
  static const Choice<meters::ScaledSide> scaled{
      {{"primary", meters::ScaledSide::kPrimary}, {"secondary", meters::ScaledSide::kSecondary}}};
  const auto part = [](auto& section) {
    return [&section](const Value& value, MapDraft& draft) { section.read(value, draft.map); };
  };
  static const Section<MapDraft> section(
      "map", "a register map",
      {required("map", &MapDraft::name, as_id),
       required("maker", within(&MapDraft::map, &RegisterMap::maker), as_text),
       optional("models", within(&MapDraft::map, &RegisterMap::models), as_texts),
       required("source", within(&MapDraft::map, &RegisterMap::source), as_text),
       required("addressing", &MapDraft::notation, notation),
       optional("function", &MapDraft::function, as_function()),
       optional("word_order", &MapDraft::order, as_word_order()),
       required("scaled", within(&MapDraft::map, &RegisterMap::scaled), scaled),
       optional_by<MapDraft>(
           "limits",
           [](const Value& value, MapDraft& draft) { limits_section().read(value, draft.map.limits); }),
       optional_by<MapDraft>("serial",
                             [](const Value& value, MapDraft& draft) {
                               map_serial_section().read(value, draft.map.serial.emplace());
                             }),
       optional_by<MapDraft>("channels", part(channels_section())),
       required_by<MapDraft>("points", read_map_points),
       optional_by<MapDraft>("identify",
                             [](const Value& value, MapDraft& draft) {
                               IdentifyDraft& identify = draft.identify.emplace();
                               identify.reg.name = {"identify", value.key_place()};
                               identify_section().read(value, identify);
                             }),
       optional_by<MapDraft>("ct_check", [](const Value& value, MapDraft& draft) {
         CtCheckDraft& check = draft.ct_check.emplace();
         check.reg.name = {"ct_check", value.key_place()};
         ct_check_section().read(value, check);
       })});
  return section;
}

}  // namespace submeter::config
