// SPDX-License-Identifier: Apache-2.0
#include "tool/read_report.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <span>

#include "meters/register_text.h"
#include "meters/text_register.h"
#include "tool/daemon_client.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

/// "0x4643 0x0400"
std::string raw_text(std::span<const std::uint16_t> registers) {
  std::string text;
  for (const std::uint16_t word : registers) text += fmt::format("{}0x{:04X}", text.empty() ? "" : " ", word);
  return text;
}

struct ItemResult {
  modbus::ReadAnswer answer;
  meters::Decoded decoded;
  std::optional<std::string> text;  ///< Of a string.

  bool answered() const {
    return answer.outcome == modbus::Outcome::kRegisters || answer.outcome == modbus::Outcome::kException;
  }
  bool has_value() const { return text || decoded.status == meters::Decoded::Status::kValue; }
  std::string value() const {
    if (answer.outcome != modbus::Outcome::kRegisters) return answer.reason;
    if (has_value()) return text ? *text : decoded.value.to_string();
    return decoded.status == meters::Decoded::Status::kInvalid ? "no value (the meter marks it invalid)"
                                                               : "out of range";
  }
};

ItemResult read_item(RegisterSource& source, UnitId unit, const meters::BoundPoint& bound) {
  ItemResult result;
  const meters::RegisterRange range = meters::range_of(bound);
  result.answer = source.read({.unit = unit,
                               .function = static_cast<modbus::Function>(range.table),
                               .address = range.address,
                               .count = range.count});
  if (result.answer.outcome != modbus::Outcome::kRegisters) return result;
  if (bound.point.type == meters::Type::kString) {
    result.text = meters::text_of(bound.point, result.answer.registers);
  } else {
    result.decoded = meters::decode(bound, result.answer.registers);
  }
  return result;
}

/// The words of `count` registers from `address`, of those that the answer to the point's range brought.
std::span<const std::uint16_t> words_at(const meters::MapPoint& point, const ItemResult& result,
                                        RegisterAddress address, std::uint16_t count) {
  if (result.answer.registers.empty()) return {};
  const auto first = static_cast<std::size_t>(address.value - meters::range_of(point).address.value);
  return std::span(result.answer.registers).subspan(first, count);
}

std::span<const std::uint16_t> value_words(const meters::MapPoint& point, const ItemResult& result) {
  return words_at(point, result, point.address, point.width());
}

std::span<const std::uint16_t> scale_words(const meters::MapPoint& point, const ItemResult& result) {
  if (!point.scale_from) return {};
  return words_at(point, result, point.scale_from->address, meters::width(point.scale_from->type));
}

/// "0x4643 0x0400", "0x04D2 scale 0xFFFE"
std::string raw_text(const meters::MapPoint& point, const ItemResult& result) {
  const auto scale = scale_words(point, result);
  return raw_text(value_words(point, result)) + (scale.empty() ? "" : " scale " + raw_text(scale));
}

Json item_json(const ReadItem& item, const ItemResult& result) {
  const meters::MapPoint& point = item.point.point;
  Json json{{"point", point.name},
            {"register", meters::register_text(point.table, point.address)},
            {"pdu_address", point.address.value}};
  if (result.text) {
    json["value"] = json["text"] = *result.text;
  } else if (result.has_value()) {
    json["value"] = result.decoded.value.to_double();
    json["text"] = result.decoded.value.to_string();
    if (!item.unit.empty()) json["unit"] = item.unit;
  } else {
    json["error"] = result.value();
  }
  if (const auto words = value_words(point, result); !words.empty()) {
    json["raw"] = std::vector(words.begin(), words.end());
  }
  if (const auto words = scale_words(point, result); !words.empty()) {
    json["raw_scale"] = std::vector(words.begin(), words.end());
  }
  return json;
}

}  // namespace

ExitCode read_and_report(RegisterSource& source, UnitId unit, const std::vector<ReadItem>& items,
                         const std::string& heading, bool json) {
  Table table({"POINT", "VALUE", "UNIT", "REGISTER", "RAW"});
  Json values = Json::array();
  std::size_t answered = 0;
  std::size_t good = 0;
  for (const ReadItem& item : items) {
    const ItemResult result = read_item(source, unit, item.point);
    answered += result.answered() ? 1U : 0U;
    good += result.has_value() ? 1U : 0U;
    table.add({item.point.point.name, result.value(), result.has_value() ? item.unit : "",
               meters::register_text(item.point.point.table, item.point.point.address),
               raw_text(item.point.point, result)},
              result.has_value() ? Colour::kNone : Colour::kRed);
    values.push_back(item_json(item, result));
    if (!result.answered()) break;  // a meter that is not there is not asked for every point
  }
  if (json) {
    std::printf("%s\n",
                Json{{"source", source.describe()}, {"unit", unit.value}, {"points", values}}.dump().c_str());
  } else {
    std::printf("%s\n%s", heading.c_str(), table.to_string().c_str());
  }
  if (answered == 0) return ExitCode::kNoAnswer;
  return good == items.size() ? ExitCode::kFine : ExitCode::kFinding;
}

}  // namespace submeter::tool
