// SPDX-License-Identifier: Apache-2.0
#include "config/type_rules.h"

#include <fmt/core.h>

#include "config/nearest_word.h"
#include "meters/points.h"

namespace submeter::config {

using meters::PfEncoding;
using meters::Quantity;
using meters::Type;

namespace {

std::vector<std::string_view> standard_names() {
  std::vector<std::string_view> names;
  for (const meters::PointInfo& info : meters::standard_points()) names.push_back(info.name);
  return names;
}

bool is_energy(Quantity quantity) {
  return quantity == Quantity::kActiveEnergy || quantity == Quantity::kReactiveEnergy ||
         quantity == Quantity::kApparentEnergy;
}

std::string unit_in_words(Quantity quantity) {
  const std::string_view unit = meters::published_unit(quantity);
  return unit.empty() ? "no unit" : std::string(unit);
}

/// What counts, scales or converts numbers makes nothing of a text or of flags.
void refuse_number_keys(const MapPointDraft& written, std::string_view what) {
  const auto refuse = [what](const auto& key, std::string_view name) {
    if (key.given())
      key.place.error(fmt::format("{} is no quantity and has no '{}'; leave it out", what, name));
  };
  refuse(written.unit, "unit");
  refuse(written.scale, "scale");
  refuse(written.offset, "offset");
  refuse(written.scale_from, "scale_from");
  refuse(written.modulus, "modulus");
}

void check_string(const MapPointDraft& written) {
  using meters::WordOrder;
  refuse_number_keys(written, "a string");
  if (written.mask.given()) written.mask.place.error("a string has no 'mask'; leave it out");
  if (written.invalid.given()) {
    written.invalid.place.error("a string has no 'invalid' values: an empty one is none; leave it out");
  }
  const WordOrder order = written.order.value;
  if (written.order.given() && (order == WordOrder::kCDAB || order == WordOrder::kDCBA)) {
    written.order.place.error(
        "the registers of a string always ascend; expected ABCD, or BADC where the low byte comes first");
  }
  if (!written.length.given()) {
    written.name.place.error(
        fmt::format("{} is a string and needs 'length', the number of its registers", written.name.value));
  }
}

void check_mask(const MapPointDraft& written) {
  const Type type = written.type.value;
  const bool has_bits =
      type == Type::kUint16 || type == Type::kUint32 || type == Type::kUint64 || type == Type::kBits;
  if (!has_bits)
    return written.mask.place.error("'mask' is for uint16, uint32, uint64 and bits; this is none");
  const unsigned bits = 16U * meters::width(type);
  if (bits < 64 && written.mask.value >> bits != 0) {
    written.mask.place.error(
        fmt::format("{:#x} does not fit the {} bits of this point", written.mask.value, bits));
  }
}

void check_invalid(const MapPointDraft& written) {
  const unsigned bits = 16U * meters::width(written.type.value);
  for (const std::uint64_t value : written.invalid.value) {
    if (bits < 64 && value >> bits != 0) {
      written.invalid.place.error(fmt::format("{:#x} does not fit the {} bits of this point", value, bits));
    }
  }
}

void check_encoding(const MapPointDraft& point, Quantity quantity) {
  if (quantity != Quantity::kPowerFactor) {
    point.encoding.place.error(fmt::format("'encoding' is for power factors; {} is none", point.name.value));
  } else if (point.encoding.value == PfEncoding::kPercent && point.unit.given()) {
    point.unit.place.error("encoding: percent divides by 100 already; leave the unit out");
  }
}

}  // namespace

void check_keys_of_type(const MapPointDraft& written) {
  const Type type = written.type.value;
  if (type == Type::kString) return check_string(written);
  if (written.length.given()) {
    written.length.place.error(
        "'length' is for strings; the type of a number says how many registers it takes");
  }
  if (type == Type::kBits) refuse_number_keys(written, "a set of bits");
  if (written.mask.given()) check_mask(written);
  check_invalid(written);
  if (written.modulus.given() && (type == Type::kFloat32 || type == Type::kFloat64)) {
    written.modulus.place.error("'modulus' is for integer counters; this point is a float");
  }
}

void check_quantity(const MapPointDraft& point) {
  const auto quantity = meters::quantity_of(point.name.value);
  if (!quantity) {
    return point.name.place.error(fmt::format("unknown point '{}'{} (x_… is free for anything else)",
                                              shown(point.name.value),
                                              suggestion(point.name.value, standard_names())));
  }
  const bool other = *quantity == Quantity::kOther;
  if (point.unit.given() && !other && !meters::unit_factor(point.unit.value, *quantity)) {
    point.unit.place.error(fmt::format("'{}' is no unit of {}, which is published in {}",
                                       shown(point.unit.value), point.name.value, unit_in_words(*quantity)));
  }
  if (point.encoding.given()) check_encoding(point, *quantity);
  if (point.modulus.given() && !is_energy(*quantity) && !other) {
    point.modulus.place.error(fmt::format("'modulus' is for counters; {} is none", point.name.value));
  }
  const bool is_code = point.type.value == Type::kString || point.type.value == Type::kBits;
  if (point.type.given() && is_code && !other) {
    point.type.place.error(
        fmt::format("{} is a number; a string or bits can only be x_<name>", point.name.value));
  }
}

}  // namespace submeter::config
