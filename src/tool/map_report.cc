// SPDX-License-Identifier: Apache-2.0
#include "tool/map_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "meters/points.h"
#include "meters/register_text.h"
#include "tool/register_words.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

using meters::MapPoint;
using meters::RegisterMap;

std::string serial_text(const SerialLine& line) {
  return fmt::format("{} 8{}{}", line.baud, static_cast<char>(line.parity), line.stop_bits);
}

std::string register_of(const MapPoint& point) {
  return meters::register_text(point.table, point.address);
}

std::string type_text(const MapPoint& point) {
  const std::string_view word = type_word(point.type);
  if (point.type == meters::Type::kString) return fmt::format("{}[{}]", word, point.length);
  return point.width() > 1 ? fmt::format("{} {}", word, order_word(point.order)) : std::string(word);
}

/// The unit that the meter speaks, and what the published one is where it differs.
std::string unit_text(const MapPoint& point) {
  const auto quantity = meters::quantity_of(point.name);
  std::string published(quantity ? meters::published_unit(*quantity) : "");
  if (point.unit.empty() || point.unit == published) return published;
  return published.empty() ? point.unit : fmt::format("{} → {}", point.unit, published);
}

std::string scale_text(const MapPoint& point) {
  std::string text;
  if (point.scale != Decimal{1}) text = "× " + plain(point.scale);
  if (point.scale_from) {
    text += fmt::format("{}by {}", text.empty() ? "" : " ",
                        meters::register_text(point.table, point.scale_from->address));
  }
  if (!point.offset.is_zero()) text += fmt::format("{}+ {}", text.empty() ? "" : " ", plain(point.offset));
  return text;
}

std::vector<std::string> invalid_values(const MapPoint& point) {
  std::vector<std::string> values;
  values.reserve(point.invalid.size());
  for (const std::uint64_t value : point.invalid) values.push_back(fmt::format("0x{:X}", value));
  return values;
}

std::string notes_text(const MapPoint& point) {
  std::vector<std::string> notes;
  const auto quantity = meters::quantity_of(point.name);
  if (quantity == meters::Quantity::kPowerFactor)
    notes.push_back(fmt::format("{}", encoding_word(point.encoding)));
  if (point.mask != 0) notes.push_back(fmt::format("mask 0x{:X}", point.mask));
  if (point.modulus) notes.push_back("rolls over at " + plain(*point.modulus));
  if (!point.invalid.empty()) notes.push_back("no value: " + joined(invalid_values(point), " "));
  return joined(notes, "; ");
}

std::string identity_text(const meters::Identify& identify) {
  std::vector<std::string> values;
  values.reserve(identify.numbers.size() + identify.texts.size());
  for (const Decimal& number : identify.numbers) values.push_back(plain(number));
  for (const std::string& text : identify.texts) values.push_back("'" + text + "'");
  return fmt::format("{} {} is {}", register_of(identify.reg), type_text(identify.reg),
                     joined(values, " or "));
}

std::string ct_text(const meters::CtCheck& check) {
  return fmt::format("{} {} gives the {}", register_of(check.reg), type_text(check.reg),
                     check.gives == meters::CtCheck::Gives::kPrimary ? "primary current" : "ratio");
}

std::string head_of(const LibraryMap& entry) {
  const RegisterMap& map = entry.map;
  std::string text = fmt::format("{}: {} {}\n", map.name, map.maker, joined(map.models, ", "));
  const auto line = [&text](std::string_view what, const std::string& value) {
    text += fmt::format("  {:<9} {}\n", what, value);
  };
  line("file", entry.file.string() + (entry.of_the_site ? " (the site's own)" : ""));
  line("source", map.source);
  line("serial",
       map.serial ? serial_text(*map.serial) + " as delivered" : "not known: the map names no setting");
  line("values", map.scaled == meters::ScaledSide::kPrimary
                     ? "primary side: the meter applies its CT; ct: {…, applied_by: meter}"
                     : "secondary side: the gateway applies the CT; ct: {…, applied_by: gateway}");
  line("requests", fmt::format("{} registers at most{}", map.limits.max_registers,
                               map.limits.gap_allowed ? "" : ", without holes"));
  if (map.channels > 1)
    line("channels",
         fmt::format("{}, {} registers apart; shown: the first", map.channels, map.channel_stride));
  if (map.identify) line("identify", identity_text(*map.identify));
  if (map.ct_check) line("ct_check", ct_text(*map.ct_check));
  return text;
}

Json register_json(const MapPoint& point) {
  Json json{{"register", register_of(point)},
            {"function", function_word(point.table)},
            {"pdu_address", point.address.value},
            {"type", type_word(point.type)},
            {"registers", point.width()}};
  if (point.width() > 1) json["word_order"] = order_word(point.order);
  return json;
}

Json point_json(const MapPoint& point) {
  Json json{{"point", point.name}};
  json.update(register_json(point));
  const auto quantity = meters::quantity_of(point.name).value_or(meters::Quantity::kOther);
  if (const auto published = meters::published_unit(quantity); !published.empty())
    json["published_unit"] = published;
  if (!point.unit.empty()) json["unit"] = point.unit;
  json["scale"] = point.scale.to_double();
  if (point.scale_from) json["scale_from"] = meters::register_text(point.table, point.scale_from->address);
  if (!point.offset.is_zero()) json["offset"] = point.offset.to_double();
  if (quantity == meters::Quantity::kPowerFactor) json["encoding"] = encoding_word(point.encoding);
  if (point.modulus) json["modulus"] = point.modulus->to_double();
  if (!point.invalid.empty()) json["invalid"] = point.invalid;
  return json;
}

Json head_json(const LibraryMap& entry) {
  const RegisterMap& map = entry.map;
  Json json{{"map", map.name},
            {"maker", map.maker},
            {"models", map.models},
            {"points", map.points.size()},
            {"file", entry.file.string()},
            {"of_the_site", entry.of_the_site}};
  if (map.serial) {
    json["serial"] = {{"baud", map.serial->baud},
                      {"parity", parity_word(map.serial->parity)},
                      {"stop_bits", map.serial->stop_bits}};
  }
  return json;
}

}  // namespace

std::string map_list(const std::vector<const LibraryMap*>& maps) {
  Table table({"MAP", "MAKER", "MODELS", "POINTS", "SERIAL"});
  bool any_of_the_site = false;
  for (const LibraryMap* entry : maps) {
    const RegisterMap& map = entry->map;
    any_of_the_site = any_of_the_site || entry->of_the_site;
    table.add({map.name + (entry->of_the_site ? " *" : ""), map.maker, joined(map.models, ", "),
               std::to_string(map.points.size()), map.serial ? serial_text(*map.serial) : ""});
  }
  return table.to_string() + (any_of_the_site ? "* the site's own\n" : "");
}

Json map_list_json(const std::vector<const LibraryMap*>& maps) {
  Json list = Json::array();
  for (const LibraryMap* entry : maps) list.push_back(head_json(*entry));
  return list;
}

std::string map_sheet(const LibraryMap& entry) {
  Table table({"POINT", "REGISTER", "TYPE", "UNIT", "SCALE", "NOTES"});
  for (const MapPoint& point : entry.map.points) {
    table.add({point.name, register_of(point), type_text(point), unit_text(point), scale_text(point),
               notes_text(point)});
  }
  return head_of(entry) + table.to_string();
}

Json map_sheet_json(const LibraryMap& entry) {
  const RegisterMap& map = entry.map;
  Json json = head_json(entry);
  json["source"] = map.source;
  json["scaled"] = map.scaled == meters::ScaledSide::kPrimary ? "primary" : "secondary";
  json["channels"] = map.channels;
  if (map.identify) json["identify"] = register_json(map.identify->reg);
  if (map.ct_check) json["ct_check"] = register_json(map.ct_check->reg);
  Json points = Json::array();
  for (const MapPoint& point : map.points) points.push_back(point_json(point));
  json["points"] = points;
  return json;
}

}  // namespace submeter::tool
