// SPDX-License-Identifier: Apache-2.0
#include "config/map_loader.h"

#include <fmt/core.h>

#include "config/map_sections.h"
#include "config/read_file.h"

namespace submeter::config {

namespace {

using meters::MapPoint;
using meters::Quantity;

std::vector<std::string_view> standard_names() {
  std::vector<std::string_view> names;
  for (const meters::PointInfo& info : meters::standard_points()) names.push_back(info.name);
  return names;
}

bool is_energy(Quantity quantity) {
  return quantity == Quantity::kActiveEnergy || quantity == Quantity::kReactiveEnergy ||
         quantity == Quantity::kApparentEnergy;
}

bool is_float(meters::Type type) {
  return type == meters::Type::kFloat32 || type == meters::Type::kFloat64;
}

/// Turns the drafts of one map into its points.
class PointResolver {
 public:
  explicit PointResolver(const MapDraft& draft) : draft_(draft) {}

  MapPoint resolve(const MapPointDraft& point) const {
    MapPoint result = point.point;
    result.name = point.name.value;
    result.order = point.order.value_or(draft_.order);
    result.unit = point.unit.value;
    result.encoding = point.encoding.value;
    result.invalid = point.invalid.value;
    if (point.modulus.given()) result.modulus = point.modulus.value;
    check_quantity(point);
    if (point.type.given()) {
      result.type = point.type.value;
      check_invalid(point);
    }
    if (point.address.given() && draft_.notation) place_in_table(point, result);
    return result;
  }

 private:
  void check_quantity(const MapPointDraft& point) const {
    const auto quantity = meters::quantity_of(point.name.value);
    if (!quantity) {
      point.name.place.error(fmt::format("unknown point '{}'{} (x_… is free for anything else)",
                                         shown(point.name.value),
                                         suggestion(point.name.value, standard_names())));
      return;
    }
    if (point.unit.given() && *quantity != Quantity::kOther &&
        !meters::unit_factor(point.unit.value, *quantity)) {
      point.unit.place.error(fmt::format("'{}' is no unit of {}, which is published in {}",
                                         shown(point.unit.value), point.name.value,
                                         unit_in_words(*quantity)));
    }
    if (point.encoding.given() && *quantity != Quantity::kPowerFactor) {
      point.encoding.place.error(
          fmt::format("'encoding' is for power factors; {} is none", point.name.value));
    }
    if (point.modulus.given() && !is_energy(*quantity) && *quantity != Quantity::kOther) {
      point.modulus.place.error(fmt::format("'modulus' is for counters; {} is none", point.name.value));
    }
  }

  static std::string unit_in_words(Quantity quantity) {
    const std::string_view unit = meters::published_unit(quantity);
    return unit.empty() ? "no unit" : std::string(unit);
  }

  static void check_invalid(const MapPointDraft& point) {
    const unsigned bits = 16U * meters::width(point.type.value);
    for (const std::uint64_t value : point.invalid.value) {
      if (bits < 64 && value >> bits != 0) {
        point.invalid.place.error(fmt::format("{:#x} does not fit the {} bits of this point", value, bits));
      }
    }
    if (point.modulus.given() && is_float(point.type.value)) {
      point.modulus.place.error("'modulus' is for integer counters; this point is a float");
    }
  }

  void place_in_table(const MapPointDraft& point, MapPoint& result) const {
    const auto number = parse_register(point.address.value, *draft_.notation);
    if (!number) return point.address.place.error(number.error().message);
    result.address = number->address;
    const auto said = point.function.given() ? std::optional{point.function.value} : draft_.function;
    if (!number->table && !said) {
      return point.name.place.error(
          fmt::format("{} needs 'function' (input or holding), here or for the whole map", point.name.value));
    }
    if (number->table && said && *number->table != *said) {
      return point.address.place.error(fmt::format(
          "'{}' is a register of the other table than 'function' says", shown(point.address.value)));
    }
    result.table = number->table ? *number->table : *said;
    check_extent(point, result);
  }

  void check_extent(const MapPointDraft& point, const MapPoint& result) const {
    const unsigned width = meters::width(result.type);
    const unsigned last_channel = static_cast<unsigned>(draft_.map.channels - 1) * draft_.map.channel_stride;
    if (result.address.value + last_channel + width > 0x10000U) {
      point.address.place.error(fmt::format("the {} registers of {} run past the last register, PDU 65535{}",
                                            width, point.name.value,
                                            last_channel == 0 ? "" : ", in the last channel"));
    }
    if (width > draft_.map.limits.max_registers) {
      point.name.place.error(fmt::format("{} takes {} registers, but limits.max_registers is {}",
                                         point.name.value, width, draft_.map.limits.max_registers));
    }
  }

  const MapDraft& draft_;
};

/// Files are found by their name, so it has to be the map's.
void check_name(const Source& source, const Located<std::string>& name) {
  const std::string stem = source.file().stem().string();
  if (name.given() && name.value != stem) {
    name.place.error(fmt::format("map '{}' stands in a file named '{}'; expected {}.yaml", name.value,
                                 source.file().filename().string(), name.value));
  }
}

}  // namespace

meters::RegisterMap parse_map(const Source& source, const std::string& text) {
  MapDraft draft;
  const auto root = parse_yaml(source, text);
  if (!root) return draft.map;
  map_section().read({&source, &*root}, draft);
  check_name(source, draft.name);
  draft.map.name = draft.name.value;
  const PointResolver resolver(draft);
  for (const MapPointDraft& point : draft.points) draft.map.points.push_back(resolver.resolve(point));
  return draft.map;
}

meters::RegisterMap load_map(const std::filesystem::path& file, std::vector<Problem>& problems) {
  const Source source(file, problems);
  const auto text = read_file(source);
  return text ? parse_map(source, *text) : meters::RegisterMap{};
}

}  // namespace submeter::config
