// SPDX-License-Identifier: Apache-2.0
#include "config/map_review.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "config/accepted_findings.h"
#include "config/yaml_document.h"
#include "meters/points.h"
#include "meters/read_plan.h"

namespace submeter::config {
namespace {

using meters::MapPoint;
using meters::Quantity;
using meters::RegisterRange;
using meters::Type;

constexpr double kCent = 0.01;  // kWh
constexpr double kPlausibleYears = 10;
constexpr double kHoursOfAYear = 8766;

bool is_energy(Quantity quantity) {
  return quantity == Quantity::kActiveEnergy || quantity == Quantity::kReactiveEnergy ||
         quantity == Quantity::kApparentEnergy;
}

bool is_signed(Type type) {
  return type == Type::kInt16 || type == Type::kInt32 || type == Type::kInt64;
}

bool is_unsigned(Type type) {
  return type == Type::kUint16 || type == Type::kUint32 || type == Type::kUint64;
}

/// How many values a counter of this type has before it starts again; empty where no meter lives to see it.
std::optional<double> values_of(Type type) {
  switch (type) {
    case Type::kInt16:
      return 0x1p15;
    case Type::kUint16:
      return 0x1p16;
    case Type::kInt32:
      return 0x1p31;
    case Type::kUint32:
      return 0x1p32;
    case Type::kBcd16:
      return 1e4;
    case Type::kBcd32:
    case Type::kMod10k32:
      return 1e8;
    default:
      return std::nullopt;
  }
}

/// What the meter may measure for years: 100 A directly, 1000 A through transformers it knows, 5 A behind
/// transformers it does not; three phases of 230 V.
double full_load_kw(const meters::RegisterMap& map) {
  if (map.scaled == meters::ScaledSide::kSecondary) return 3 * 0.230 * 5;
  return 3 * 0.230 * (map.ct_check ? 1000 : 100);
}

bool overlap(const RegisterRange& a, const RegisterRange& b) {
  return a.table == b.table && a.address.value < b.address.value + b.count &&
         b.address.value < a.address.value + a.count;
}

unsigned distance(const RegisterRange& a, const RegisterRange& b) {
  return a.address.value < b.address.value ? b.address.value - a.address.value - a.count
                                           : a.address.value - b.address.value - b.count;
}

class Review {
 public:
  Review(const Source& source, const std::string& text, const YamlNode& root, const meters::RegisterMap& map)
      : source_(source), root_(root), map_(map), accepted_(text) {}

  void run() const {
    for (const MapPoint& point : map_.points) {
      const auto quantity = meters::quantity_of(point.name).value_or(Quantity::kOther);
      if (is_energy(quantity)) review_counter(point, quantity);
      review_signs(point, quantity);
      if (quantity == Quantity::kPowerFactor) review_encoding(point);
      review_overlap(point);
    }
    review_gaps();
    review_map_as_a_whole();
  }

 private:
  const YamlNode* node_of(const MapPoint& point) const {
    const YamlNode* points = root_.find("points");
    return points == nullptr ? nullptr : points->find(point.name);
  }
  void warn(const YamlNode* at, std::string_view word, const std::string& message) const {
    const Mark mark = at == nullptr ? Mark{1, 1} : at->key_mark;
    if (!accepted_.has(word, mark.line))
      source_.report(Severity::kWarning, mark, fmt::format("{} [{}]", message, word));
  }

  /// Published units a step of the register; empty where another register says it.
  std::optional<double> step(const MapPoint& point, Quantity quantity) const {
    const auto factor =
        point.unit.empty() ? std::optional{Decimal{1}} : meters::unit_factor(point.unit, quantity);
    if (!factor || point.scale_from) return std::nullopt;
    return std::abs(point.scale.to_double() * factor->to_double());
  }

  void review_counter(const MapPoint& point, Quantity quantity) const {
    const auto kwh = step(point, quantity);
    if (!kwh) return;
    if (point.type == Type::kFloat32 && quantity == Quantity::kActiveEnergy) {
      // 24 bits of mantissa: the step between two floats doubles at each power of two.
      const double limit = std::exp2(std::floor(std::log2(kCent / *kwh)) + 24) * *kwh;
      warn(node_of(point), "float-cents",
           fmt::format(
               "{} is a float32, which loses 0.01 kWh above {:.0f} kWh; take an integer register of the "
               "same counter if the meter has one",
               point.name, limit));
    }
    const auto values = values_of(point.type);
    if (!values || point.modulus) return;
    const double years = *values * *kwh / full_load_kw(map_) / kHoursOfAYear;
    if (years >= kPlausibleYears) return;
    warn(node_of(point), "modulus",
         fmt::format(
             "{} rolls over at {:.10g} {} at the latest, after {:.1f} years at {:.3g} kW; say where with "
             "'modulus', or the first rollover is taken for a reset",
             point.name, *values * *kwh, meters::published_unit(quantity), years, full_load_kw(map_)));
  }

  void review_signs(const MapPoint& point, Quantity quantity) const {
    const bool is_export = is_energy(quantity) && point.name.find("export") != std::string::npos;
    if (is_export && is_signed(point.type)) {
      warn(node_of(point), "signed",
           fmt::format("{} is signed: some meters count export downwards from 0; if the document shows it "
                       "negative, add scale: -1",
                       point.name));
    }
    const bool goes_both_ways = map_.find("energy_export_kwh") != nullptr;
    if (quantity == Quantity::kActivePower && is_unsigned(point.type) && goes_both_ways &&
        point.name.starts_with("power")) {
      warn(node_of(point), "signed",
           fmt::format(
               "{} is unsigned, but this meter counts export: while power flows out, {} would be published "
               "as a giant; look for int16 or int32 in the document",
               point.name, point.name));
    }
  }

  void review_encoding(const MapPoint& point) const {
    const YamlNode* node = node_of(point);
    if (node == nullptr || node->find("encoding") != nullptr) return;
    warn(node, "pf-encoding",
         fmt::format(
             "{} has no 'encoding', so it is taken as iec (signed, sign of power); makers also write ieee, "
             "unsigned, schneider_4q and percent",
             point.name));
  }

  void review_overlap(const MapPoint& point) const {
    for (const MapPoint& other : map_.points) {
      if (&other == &point) return;  // the later of two tells
      const bool shares_by_mask = point.mask != 0 && other.mask != 0;
      if (shares_by_mask || !overlap(value_of(point), value_of(other))) continue;
      warn(node_of(point), "overlap",
           fmt::format("{} and {} share registers: one of the addresses or types is wrong", point.name,
                       other.name));
    }
  }

  static RegisterRange value_of(const MapPoint& point) { return {point.table, point.address, point.width()}; }

  /// A request for one value, where others could have come along if they were near.
  void review_gaps() const {
    if (!map_.limits.gap_allowed || map_.points.size() < 3) return;
    const meters::ReadCost cost = meters::read_cost(BusOptions{.line = line_});
    std::vector<RegisterRange> wanted;
    for (const MapPoint& point : map_.points) wanted.push_back(meters::range_of(point));
    for (const RegisterRange& request : meters::plan_reads(wanted, map_.limits, cost)) {
      const auto inside = [&request](const RegisterRange& range) { return overlap(range, request); };
      if (std::ranges::count_if(wanted, inside) != 1) continue;
      const auto alone = static_cast<std::size_t>(std::ranges::find_if(wanted, inside) - wanted.begin());
      warn_alone(map_.points[alone], request, wanted, cost);
    }
  }

  void warn_alone(const MapPoint& point, const RegisterRange& request,
                  const std::vector<RegisterRange>& wanted, const meters::ReadCost& cost) const {
    std::optional<unsigned> nearest;
    for (const RegisterRange& range : wanted) {
      if (range.table != request.table || overlap(range, request)) continue;
      nearest = std::min(nearest.value_or(0xFFFF), distance(range, request));
    }
    if (nearest && *nearest <= map_.limits.max_registers) return;  // within reach: only its place in the plan
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(cost.of(request.count));
    const std::string where = nearest ? fmt::format("{} registers from the next point", *nearest)
                                      : std::string("the only point of its table");
    warn(node_of(point), "gap",
         fmt::format(
             "{} stands alone, {}: it costs a request of its own, {} ms at {} baud; circuits that need it "
             "seldom give it a longer interval",
             point.name, where, time.count(), line_.baud));
  }

  void review_map_as_a_whole() const {
    if (map_.ct_check && map_.scaled == meters::ScaledSide::kSecondary) {
      warn(root_.find("scaled"), "ct-twice",
           "'scaled: secondary', but ct_check says that the meter knows its transformer: most such meters "
           "have "
           "applied it, then it is 'primary', and the CT would be applied twice");
    }
    if (!map_.identify) {
      warn(root_.find("map"), "identify",
           "no 'identify': `submeter scan` can only call this map plausible; add a register that tells the "
           "model");
    }
  }

  const Source& source_;
  const YamlNode& root_;
  const meters::RegisterMap& map_;
  const SerialLine line_ = map_.serial.value_or(SerialLine{});
  AcceptedFindings accepted_;
};

}  // namespace

void review_map(const Source& source, const std::string& text, const meters::RegisterMap& map) {
  const auto root = parse_yaml(source, text);
  if (root) Review(source, text, *root, map).run();
}

}  // namespace submeter::config
