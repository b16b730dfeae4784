// SPDX-License-Identifier: Apache-2.0
#include "config/register_resolver.h"

#include <fmt/core.h>

#include <algorithm>

#include "config/type_rules.h"
#include "meters/identification.h"
#include "meters/raw_value.h"

namespace submeter::config {

using meters::MapPoint;
using meters::Type;

namespace {

/// True when the words of a register can ever say `number`.
bool can_hold(const MapPoint& reg, const Decimal& number) {
  const std::uint64_t bits =
      reg.mask == 0 ? meters::raw_bits(reg.type, number) : meters::unmasked(number, reg.mask);
  return meters::raw_number(reg.type, meters::masked(bits, reg.mask)) == number;
}

std::optional<Decimal> number_of(const std::string& text) {
  if (const auto bits = text.starts_with("0x") ? parse_unsigned(text) : std::nullopt) {
    return meters::raw_number(Type::kUint64, *bits);
  }
  return Decimal::parse(text);
}

void take_text(const Located<std::string>& equals, meters::Identify& result) {
  const std::size_t room = std::size_t{2} * result.reg.length;
  if (room == 0) return;  // the missing length is reported
  if (equals.value.size() - (equals.value.ends_with('*') ? 1 : 0) > room) {
    return equals.place.error(fmt::format(
        "'{}' is longer than the {} characters of {} registers; expected a shorter text or a larger "
        "'length'",
        shown(equals.value), room, result.reg.length));
  }
  const meters::Identify alone{.reg = result.reg, .numbers = {}, .texts = {equals.value}};
  if (!meters::identifies(alone, meters::identity_words(alone))) {
    return equals.place.error(fmt::format(
        "no register can say '{}': expected printable ASCII without spaces around it, and something "
        "before a *",
        shown(equals.value)));
  }
  result.texts.push_back(equals.value);
}

void take_number(const Located<std::string>& equals, meters::Identify& result) {
  const auto number = number_of(equals.value);
  if (!number) {
    return equals.place.error(
        fmt::format("expected a number, as the register is one, found '{}'; a text needs type: string",
                    shown(equals.value)));
  }
  if (!can_hold(result.reg, *number)) {
    return equals.place.error(fmt::format("this register can never hold {}; expected a number of its type{}",
                                          shown(equals.value),
                                          result.reg.mask == 0 ? "" : " under its mask"));
  }
  result.numbers.push_back(*number);
}

bool overlap(const MapPoint& point, const meters::ScaleRegister& scale) {
  return scale.address.value < point.address.value + point.width() &&
         point.address.value < scale.address.value + meters::width(scale.type);
}

}  // namespace

MapPoint RegisterResolver::point(const MapPointDraft& point) const {
  MapPoint result = reg(point);
  result.unit = point.unit.value;
  result.encoding = point.encoding.value;
  result.invalid = point.invalid.value;
  if (point.offset.given()) result.offset = point.offset.value;
  if (point.modulus.given()) result.modulus = point.modulus.value;
  if (point.stride.given()) result.stride = point.stride.value;
  check_quantity(point);
  if (point.stride.given() && draft_.map.channels == 1) {
    point.stride.place.error("'stride' is for a map with 'channels'; this one has none, leave it out");
  }
  if (point.scale_from.given()) result.scale_from = scale_from(point, result);
  if (point.type.given() && point.address.given() && draft_.notation) check_extent(point, result);
  return result;
}

meters::Identify RegisterResolver::identify(const IdentifyDraft& identify) const {
  meters::Identify result{.reg = reg(identify.reg), .numbers = {}, .texts = {}};
  if (identify.reg.type.given()) {
    const bool is_text = result.reg.type == Type::kString;
    for (const auto& equals : identify.equals) (is_text ? take_text : take_number)(equals, result);
    if (identify.reg.address.given() && draft_.notation) check_extent(identify.reg, result.reg);
  }
  return result;
}

meters::CtCheck RegisterResolver::ct_check(const CtCheckDraft& check) const {
  meters::CtCheck result{.reg = reg(check.reg), .gives = check.gives, .secondary = {}};
  if (check.reg.type.given() && check.reg.address.given() && draft_.notation)
    check_extent(check.reg, result.reg);
  if (!check.secondary.given()) return result;
  if (check.gives == meters::CtCheck::Gives::kRatio) {
    check.secondary.place.error("a ratio has no secondary; expected gives: primary, or no 'secondary'");
  }
  const MapPointDraft& secondary = check.secondary.value;
  result.secondary = reg(secondary);
  if (secondary.type.given() && secondary.address.given() && draft_.notation) {
    check_extent(secondary, *result.secondary);
  }
  return result;
}

MapPoint RegisterResolver::reg(const MapPointDraft& written) const {
  MapPoint result;
  result.name = written.name.value;
  if (written.scale.given()) result.scale = written.scale.value;
  result.mask = written.mask.value;
  result.length = written.length.value;
  if (written.type.given()) {
    result.type = written.type.value;
    check_keys_of_type(written);
  }
  // The map's word order is that of its numbers.
  const bool is_text = result.type == Type::kString;
  result.order = written.order.given() ? written.order.value
                 : is_text             ? meters::WordOrder::kABCD
                                       : draft_.order;
  if (written.address.given() && draft_.notation) place_in_table(written, result);
  return result;
}

void RegisterResolver::place_in_table(const MapPointDraft& written, MapPoint& result) const {
  const auto number = parse_register(written.address.value, *draft_.notation);
  if (!number) return written.address.place.error(number.error().message);
  result.address = number->address;
  const auto said = written.function.given() ? std::optional{written.function.value} : draft_.function;
  if (!number->table && !said) {
    return written.name.place.error(
        fmt::format("{} needs 'function' (input or holding), here or for the whole map", written.name.value));
  }
  if (number->table && said && *number->table != *said) {
    return written.address.place.error(fmt::format(
        "'{}' is a register of the other table than 'function' says", shown(written.address.value)));
  }
  result.table = number->table ? *number->table : *said;
}

meters::ScaleRegister RegisterResolver::scale_from(const MapPointDraft& written,
                                                   const MapPoint& point) const {
  const ScaleDraft& draft = written.scale_from.value;
  meters::ScaleRegister scale{
      .address = {}, .type = draft.type.value, .gives = draft.gives, .shared = draft.shared.value};
  if (scale.type == Type::kFloat32 && scale.gives == meters::ScaleRegister::Gives::kPowerOfTen) {
    draft.type.place.error("a power of ten is a whole number; expected an integer type, or gives: factor");
  }
  if (draft.shared.given() && draft_.map.channels == 1) {
    draft.shared.place.error("'shared' is for a map with 'channels'; this one has none, leave it out");
  }
  if (!draft.address.given() || !draft_.notation) return scale;
  const auto number = parse_register(draft.address.value, *draft_.notation);
  if (!number) {
    draft.address.place.error(number.error().message);
    return scale;
  }
  scale.address = number->address;
  const auto table = draft.function.given() ? std::optional{draft.function.value} : number->table;
  if (table && *table != point.table) {
    const Place& place = draft.function.given() ? draft.function.place : draft.address.place;
    place.error(
        fmt::format("the scale of {} lies in the other table than its value, so one answer cannot bring "
                    "both; expected a register of the value's table",
                    written.name.value));
  } else if (written.type.given() && overlap(point, scale)) {
    draft.address.place.error(
        fmt::format("this is a register of the value of {} itself; expected the register that "
                    "scales it",
                    written.name.value));
  }
  return scale;
}

void RegisterResolver::check_extent(const MapPointDraft& written, const MapPoint& point) const {
  const unsigned most = draft_.map.limits.max_registers;
  const bool moves = written.name.value != "identify" && !written.name.value.starts_with("ct_check");
  const int last_channel = moves ? draft_.map.channels : 1;
  const auto last = draft_.map.at_channel(point, last_channel);
  if (point.width() > most) {
    return written.name.place.error(fmt::format("{} takes {} registers, but limits.max_registers is {}",
                                                written.name.value, point.width(), most));
  }
  if (!last) {
    return written.address.place.error(
        fmt::format("the {} registers of {} run past the last register, PDU 65535{}", point.width(),
                    written.name.value, draft_.map.at_channel(point, 1) ? ", in the last channel" : ""));
  }
  const unsigned span = std::max(meters::range_of(point).count, meters::range_of(*last).count);
  if (point.scale_from && span > most) {
    written.scale_from.place.error(fmt::format(
        "from the value of {} to its scale there are {} registers{}, more than one answer brings "
        "(limits.max_registers is {}); a scale that is fixed on this meter can be written as 'scale'",
        written.name.value, span, point.scale_from->shared && last_channel > 1 ? " in the last channel" : "",
        most));
  }
}

}  // namespace submeter::config
