// SPDX-License-Identifier: Apache-2.0
#include "config/map_sections.h"

#include "config/serial_fields.h"

namespace submeter::config {

using meters::RegisterMap;
using meters::Table;
using meters::Type;
using meters::WordOrder;

namespace {

const Choice<Table>& as_function() {
  static const Choice<Table> function{{{"input", Table::kInput}, {"holding", Table::kHolding}}};
  return function;
}

const Choice<WordOrder>& as_word_order() {
  static const Choice<WordOrder> order{{{"ABCD", WordOrder::kABCD},
                                        {"CDAB", WordOrder::kCDAB},
                                        {"BADC", WordOrder::kBADC},
                                        {"DCBA", WordOrder::kDCBA}}};
  return order;
}

std::vector<Choice<Type>::Option> joined_types(std::vector<Choice<Type>::Option> first,
                                               const std::vector<Choice<Type>::Option>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The types by what a register of them may be good for.
const std::vector<Choice<Type>::Option> kIntegers = {
    {"int16", Type::kInt16},       {"uint16", Type::kUint16},    {"int32", Type::kInt32},
    {"uint32", Type::kUint32},     {"int64", Type::kInt64},      {"uint64", Type::kUint64},
    {"bcd16", Type::kBcd16},       {"bcd32", Type::kBcd32},      {"mod10k32", Type::kMod10k32},
    {"mod10k48", Type::kMod10k48}, {"mod10k64", Type::kMod10k64}};
const std::vector<Choice<Type>::Option> kFloats = {{"float32", Type::kFloat32}, {"float64", Type::kFloat64}};
const std::vector<Choice<Type>::Option> kCodes = {{"bits", Type::kBits}, {"string", Type::kString}};

const Choice<meters::PfEncoding>& as_encoding() {
  using meters::PfEncoding;
  static const Choice<PfEncoding> encoding{{{"iec", PfEncoding::kIec},
                                            {"ieee", PfEncoding::kIeee},
                                            {"unsigned", PfEncoding::kUnsigned},
                                            {"schneider_4q", PfEncoding::kSchneider4q},
                                            {"percent", PfEncoding::kPercent}}};
  return encoding;
}

Result<std::uint64_t> as_mask(const YamlNode& node) {
  const auto mask = node.kind == YamlNode::Kind::kScalar ? parse_unsigned(node.text) : std::nullopt;
  if (!mask || *mask == 0) return expected("the bits that count, like 0x0FFF", node);
  return *mask;
}

/// `auto` or a number of registers.
Result<std::optional<std::uint16_t>> as_gap(const YamlNode& node) {
  if (node.text == "auto") return std::optional<std::uint16_t>{};
  const auto gap = Integer<std::uint16_t>{0, 125}(node);
  if (!gap) return expected("auto or a whole number from 0 to 125", node);
  return std::optional{*gap};
}

Result<Decimal> as_scale(const YamlNode& node) {
  auto scale = as_decimal(node);
  if (scale && scale->is_zero()) return expected("a number other than 0", node);
  return scale;
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

Result<std::vector<std::uint64_t>> as_raw_values(const YamlNode& node) {
  std::vector<std::uint64_t> values;
  for (const YamlNode& item : node.items) {
    const auto value = item.kind == YamlNode::Kind::kScalar ? parse_unsigned(item.text) : std::nullopt;
    if (!value) return expected("a raw value like 0x8000", item);
    values.push_back(*value);
  }
  if (values.empty()) return expected("a list of raw values, like [0x8000]", node);
  return values;
}

/// A register number, or the keys of a scale register.
void read_scale_from(const Value& value, MapPointDraft& point) {
  point.scale_from.place = value.key_place();
  if (value.node->kind == YamlNode::Kind::kScalar) {
    point.scale_from.value.address = {value.node->text, value.place()};
  } else {
    scale_from_section().read(value, point.scale_from.value);
  }
}

/// One text or number, or a list of them.
void read_equals(const Value& value, IdentifyDraft& identify) {
  const bool is_list = value.node->kind == YamlNode::Kind::kSequence;
  if (is_list && value.node->items.empty()) {
    return value.place().error(
        expected("what the register holds, like 112 or [SDM630, SDM630MCT]", *value.node).message);
  }
  const auto add = [&](const Value& item) {
    if (const auto text = parse(item, as_text)) identify.equals.push_back({*text, item.place()});
  };
  if (!is_list) return add(value);
  for (const YamlNode& item : value.node->items) add(value.with(item));
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

const Section<MapPointDraft>& map_point_section() {
  static const Choice<Type> type{joined_types(joined_types(kIntegers, kFloats), kCodes)};
  static const Section<MapPointDraft> section(
      "point", "a point",
      {required("address", &MapPointDraft::address, as_text), required("type", &MapPointDraft::type, type),
       optional("length", &MapPointDraft::length, Integer<std::uint16_t>{1, 125}),
       optional("function", &MapPointDraft::function, as_function()),
       optional("word_order", &MapPointDraft::order, as_word_order()),
       optional("mask", &MapPointDraft::mask, as_mask), optional("unit", &MapPointDraft::unit, as_text),
       optional("scale", &MapPointDraft::scale, as_scale),
       optional("offset", &MapPointDraft::offset, as_decimal),
       optional_by<MapPointDraft>("scale_from", read_scale_from),
       optional("encoding", &MapPointDraft::encoding, as_encoding()),
       optional("invalid", &MapPointDraft::invalid, as_raw_values),
       optional("modulus", &MapPointDraft::modulus, as_positive_decimal),
       optional("stride", &MapPointDraft::stride, Integer<std::uint16_t>{0, 32767})});
  return section;
}

const Section<ScaleDraft>& scale_from_section() {
  using Gives = meters::ScaleRegister::Gives;
  static const Choice<Type> type{{{"int16", Type::kInt16},
                                  {"uint16", Type::kUint16},
                                  {"int32", Type::kInt32},
                                  {"uint32", Type::kUint32},
                                  {"float32", Type::kFloat32}}};
  static const Choice<Gives> gives{
      {{"power_of_ten", Gives::kPowerOfTen}, {"factor", Gives::kFactor}, {"divisor", Gives::kDivisor}}};
  static const Section<ScaleDraft> section(
      "scale_from", "scale_from",
      {required("address", &ScaleDraft::address, as_text), optional("type", &ScaleDraft::type, type),
       optional("function", &ScaleDraft::function, as_function()),
       optional("gives", &ScaleDraft::gives, gives), optional("shared", &ScaleDraft::shared, as_bool)});
  return section;
}

const Section<IdentifyDraft>& identify_section() {
  static const Choice<Type> type{joined_types(kIntegers, kCodes)};
  const auto reg = [](auto member) { return within(&IdentifyDraft::reg, member); };
  static const Section<IdentifyDraft> section(
      "identify", "identify",
      {required("address", reg(&MapPointDraft::address), as_text),
       required("type", reg(&MapPointDraft::type), type),
       optional("length", reg(&MapPointDraft::length), Integer<std::uint16_t>{1, 125}),
       optional("function", reg(&MapPointDraft::function), as_function()),
       optional("word_order", reg(&MapPointDraft::order), as_word_order()),
       optional("mask", reg(&MapPointDraft::mask), as_mask),
       required_by<IdentifyDraft>("equals", read_equals)});
  return section;
}

const Section<MapPointDraft>& ct_secondary_section() {
  static const Choice<Type> type{joined_types(kIntegers, kFloats)};
  static const Section<MapPointDraft> section(
      "ct_secondary", "ct_check.secondary",
      {required("address", &MapPointDraft::address, as_text), required("type", &MapPointDraft::type, type),
       optional("function", &MapPointDraft::function, as_function()),
       optional("word_order", &MapPointDraft::order, as_word_order()),
       optional("scale", &MapPointDraft::scale, as_scale)});
  return section;
}

const Section<CtCheckDraft>& ct_check_section() {
  using Gives = meters::CtCheck::Gives;
  static const Choice<Type> type{joined_types(kIntegers, kFloats)};
  static const Choice<Gives> gives{{{"primary", Gives::kPrimary}, {"ratio", Gives::kRatio}}};
  const auto reg = [](auto member) { return within(&CtCheckDraft::reg, member); };
  static const Section<CtCheckDraft> section(
      "ct_check", "ct_check",
      {required("address", reg(&MapPointDraft::address), as_text),
       required("type", reg(&MapPointDraft::type), type),
       optional("function", reg(&MapPointDraft::function), as_function()),
       optional("word_order", reg(&MapPointDraft::order), as_word_order()),
       optional("scale", reg(&MapPointDraft::scale), as_scale),
       required("gives", &CtCheckDraft::gives, gives),
       optional_by<CtCheckDraft>("secondary", [](const Value& value, CtCheckDraft& check) {
         check.secondary.place = value.key_place();
         check.secondary.value.name = {"ct_check.secondary", value.key_place()};
         ct_secondary_section().read(value, check.secondary.value);
       })});
  return section;
}

const Section<meters::ReadLimits>& limits_section() {
  using meters::ReadLimits;
  static const Section<ReadLimits> section(
      "limits", "limits",
      {optional("max_registers", &ReadLimits::max_registers, Integer<std::uint16_t>{1, 125}),
       optional("max_gap", &ReadLimits::max_gap, as_gap),
       optional("gap_allowed", &ReadLimits::gap_allowed, as_bool)});
  return section;
}

const Section<RegisterMap>& map_serial_section() {
  static const Section<RegisterMap> section("serial", "serial", serial_fields(&RegisterMap::serial));
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
       optional_by<MapDraft>("serial", part(map_serial_section())),
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
