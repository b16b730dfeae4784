// SPDX-License-Identifier: Apache-2.0
#include "tool/probe_ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "meters/decoder.h"
#include "meters/words.h"
#include "tool/register_words.h"

namespace submeter::tool {
namespace {

using meters::Table;
using meters::Type;
using meters::WordOrder;

constexpr int kLastAddress = 65535;
constexpr double kTolerance = 0.1;  // the load moves between the display and the answer
constexpr int kKilo = -3;           // the display says kW, the register W
constexpr double kHalfOfAnother = 6;
constexpr WordOrder kOrders[] = {WordOrder::kABCD, WordOrder::kCDAB, WordOrder::kBADC, WordOrder::kDCBA};
constexpr int kScales[] = {0, -1, -2, -3};  // powers of ten that meters use

bool is_float(Type type) {
  return type == Type::kFloat32 || type == Type::kFloat64;
}

/// How usual a type is among meters.
int habit(Type type) {
  switch (type) {
    case Type::kFloat32:
      return 9;
    case Type::kUint16:
    case Type::kInt16:
    case Type::kUint32:
    case Type::kInt32:
      return 6;
    case Type::kInt64:
    case Type::kUint64:
      return 3;
    default:
      return 0;
  }
}

int habit(WordOrder order) {
  return order == WordOrder::kABCD ? 4 : order == WordOrder::kCDAB ? 3 : 0;
}

/// Digits are not swapped within a register.
bool occurs(Type type, WordOrder order) {
  return habit(type) > 0 || type == Type::kFloat64 || order == WordOrder::kABCD || order == WordOrder::kCDAB;
}

struct Likeness {
  double lowest;
  double highest;
  double score;
  const char* what;
};
constexpr Likeness kLikenesses[] = {{49.5, 50.5, 60, "a mains frequency"},
                                    {59.5, 60.5, 60, "a mains frequency"},
                                    {218, 242, 45, "a voltage to neutral"},
                                    {114, 126, 35, "a voltage to neutral"},
                                    {380, 420, 40, "a voltage between lines"},
                                    {470, 490, 30, "a voltage between lines"},
                                    {0.5, 1, 12, "a power factor"}};

const Likeness* likeness_of(double value) {
  const auto found = std::ranges::find_if(kLikenesses, [value](const Likeness& likeness) {
    return value >= likeness.lowest && value <= likeness.highest;
  });
  return found == std::end(kLikenesses) ? nullptr : found;
}

/// Without anything to compare with.
void weigh_alone(ProbeCandidate& candidate) {
  const double value = candidate.value.to_double();
  const double size = std::abs(value);
  if (size < 1e-3 || size > 1e9) return;
  const bool exact = candidate.point.scale == Decimal{1};
  // Of all patterns of 32 bits few are floats of a size that occurs.
  double score = is_float(candidate.point.type) ? 30 : exact && size < 1e7 ? 8 : 0;
  const Likeness* likeness = likeness_of(value);
  // A power factor of 0.97 as an integer is 97 or 970, and so is anything else.
  const bool tells = likeness != nullptr && (exact || likeness->lowest > 1);
  if (tells) {
    score += likeness->score;
    candidate.looks_like = likeness->what;
  }
  if (score == 0) return;
  candidate.score =
      score + habit(candidate.point.type) + habit(candidate.point.order) + (candidate.offset == 0 ? 5 : 0);
}

void weigh_against(const Decimal& expected, ProbeCandidate& candidate) {
  const double wanted = expected.to_double();
  const double away = std::abs(candidate.value.to_double() - wanted) / std::max(std::abs(wanted), 1e-9);
  if (away > kTolerance) return;
  const double percent = std::ceil(away * 1000) / 10;
  candidate.looks_like = away == 0 ? "as expected" : fmt::format("as expected, within {} %", percent);
  // Closer is better in steps, so that noise does not outweigh what is usual.
  const double closeness = away <= 0.005 ? 100 : away <= 0.02 ? 80 : 40;
  candidate.score = closeness + habit(candidate.point.type) + habit(candidate.point.order) +
                    (candidate.offset == 0 ? 5 : 0) - 2.0 * std::abs(candidate.point.scale.exponent());
}

std::span<const std::uint16_t> words_at(std::span<const RegisterBlock> blocks,
                                        const meters::MapPoint& point) {
  for (const RegisterBlock& block : blocks) {
    const int start = point.address.value - block.address.value;
    if (block.table != point.table || start < 0) continue;
    if (start + point.width() <= static_cast<int>(block.words.size()))
      return std::span(block.words).subspan(static_cast<std::size_t>(start), point.width());
  }
  return {};
}

/// The first of those that read the same words as the same number stands for all.
bool is_new(const std::vector<ProbeCandidate>& candidates, const ProbeCandidate& candidate) {
  return std::ranges::none_of(candidates, [&candidate](const ProbeCandidate& other) {
    return other.offset == candidate.offset && other.value == candidate.value &&
           other.point.width() == candidate.point.width() && other.point.scale == candidate.point.scale;
  });
}

/// Sixteen zeros at the end of a float are rather the half of another value.
bool ends_in_zeros(const meters::MapPoint& point, std::span<const std::uint16_t> words) {
  return point.type == Type::kFloat32 && (meters::join_words(words, point.order) & 0xFFFFU) == 0;
}

void add_readings(meters::MapPoint point, int offset, std::span<const RegisterBlock> blocks,
                  const std::optional<Decimal>& expected, std::vector<ProbeCandidate>& candidates) {
  const auto words = words_at(blocks, point);
  if (words.empty()) return;
  for (const int exponent : kScales) {
    if (is_float(point.type) && exponent != 0 && !(expected && exponent == kKilo)) continue;
    point.scale = Decimal(1, exponent);
    meters::BoundPoint bound;
    bound.point = point;
    bound.factor = point.scale;
    const meters::Decoded decoded = meters::decode(bound, words);
    if (decoded.status != meters::Decoded::Status::kValue) return;
    ProbeCandidate candidate{
        .point = point, .value = decoded.value, .offset = offset, .score = 0, .looks_like = {}};
    expected ? weigh_against(*expected, candidate) : weigh_alone(candidate);
    if (ends_in_zeros(point, words)) candidate.score -= kHalfOfAnother;
    if (candidate.score > 0 && is_new(candidates, candidate)) candidates.push_back(std::move(candidate));
  }
}

bool is_number(Type type) {
  return type != Type::kString && type != Type::kBits;
}

}  // namespace

std::string ProbeCandidate::yaml() const {
  std::string text = fmt::format("x_probe: {{address: {}, function: {}, type: {}", point.address.value,
                                 function_word(point.table), type_word(point.type));
  if (point.order != WordOrder::kABCD) text += fmt::format(", word_order: {}", order_word(point.order));
  if (point.scale != Decimal{1}) text += fmt::format(", scale: {}", plain(point.scale));
  return text + "}";
}

meters::RegisterRange range_around(const ProbePlace& place) {
  constexpr int kWidest = 4;
  const int first = std::max(0, place.address.value - 1);
  const int last = std::min(kLastAddress, place.address.value + kWidest);
  return {place.table, {static_cast<std::uint16_t>(first)}, static_cast<std::uint16_t>(last - first + 1)};
}

std::vector<ProbeCandidate> rank(const ProbePlace& place, std::span<const RegisterBlock> blocks,
                                 const std::optional<Decimal>& expected) {
  std::vector<ProbeCandidate> candidates;
  for (const int offset : {0, -1, 1}) {
    const int address = place.address.value + offset;
    if (address < 0 || address > kLastAddress) continue;
    for (const TypeWord& type : type_words()) {
      if (!is_number(type.type)) continue;
      for (const WordOrder order : kOrders) {
        if (!occurs(type.type, order)) continue;
        meters::MapPoint point;
        point.table = place.table;
        point.address = {static_cast<std::uint16_t>(address)};
        point.type = type.type;
        point.order = order;
        add_readings(std::move(point), offset, blocks, expected, candidates);
      }
    }
  }
  std::ranges::stable_sort(candidates, std::greater<>(), &ProbeCandidate::score);
  return candidates;
}

std::vector<ProbePlace> places_of(int number, bool zero_based, Table table) {
  const int address = zero_based ? number : number - 1;
  std::vector<ProbePlace> places;
  if (address >= 0 && address <= kLastAddress)
    places.push_back({table, {static_cast<std::uint16_t>(address)}});
  if (zero_based) return places;
  struct Notation {
    int first;
    int last;
    Table table;
  };
  constexpr Notation kModicon[] = {{30'001, 39'999, Table::kInput},
                                   {40'001, 49'999, Table::kHolding},
                                   {300'001, 365'536, Table::kInput},
                                   {400'001, 465'536, Table::kHolding}};
  for (const Notation& modicon : kModicon) {
    if (number < modicon.first || number > modicon.last) continue;
    places.push_back({modicon.table, {static_cast<std::uint16_t>(number - modicon.first)}});
  }
  return places;
}

}  // namespace submeter::tool
