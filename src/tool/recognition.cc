// SPDX-License-Identifier: Apache-2.0
#include "tool/recognition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>

#include "meters/decoder.h"
#include "meters/identification.h"
#include "meters/register_text.h"
#include "submeter/check.h"
#include "tool/register_words.h"

namespace submeter::tool {
namespace {

using meters::BoundPoint;
using meters::Quantity;
using meters::RegisterMap;
using meters::RegisterRange;

// One of each line is enough; how much it tells: most things are below 300, few are mains frequencies.
struct Telling {
  std::string_view point;
  int weight;
};
constexpr Telling kTelling[] = {
    {"frequency_hz", 3}, {"voltage_l1n_v", 2}, {"voltage_l12_v", 2}, {"voltage_l2n_v", 1}, {"pf", 1}};
// A second phase tells a maker's three-phase meters from the others, where it is wired.
constexpr std::string_view kMayBeAbsent = "voltage_l2n_v";
constexpr int kEnoughWeight = 3;

int weight_of(std::string_view point) {
  return std::ranges::find(kTelling, point, &Telling::point)->weight;
}

bool within(double value, double lowest, double highest) {
  return value >= lowest && value <= highest;
}

bool is_plausible(const BoundPoint& bound, double value) {
  switch (bound.quantity) {
    case Quantity::kFrequency:
      return within(value, 45, 65);
    case Quantity::kVoltage:
      return within(value, 80, 550) ||
             within(value, 1'000, 60'000);  // line to line, and with voltage transformers
    case Quantity::kPowerFactor:
      return value != 0 && within(value, -1, 1);
    default:
      return false;
  }
}

/// The map's points that tell something, as a meter without transformers would have them.
std::vector<BoundPoint> telling_points(const RegisterMap& map) {
  std::optional<TransformerRatio> ct;
  if (map.scaled == meters::ScaledSide::kSecondary)
    ct = TransformerRatio{.primary = Decimal{1}, .secondary = Decimal{1}, .applied_by = AppliedBy::kGateway};
  std::vector<BoundPoint> points;
  for (const Telling& telling : kTelling) {
    const bool known_voltage = telling.point == "voltage_l12_v" && map.find("voltage_l1n_v") != nullptr;
    if (known_voltage || map.find(telling.point) == nullptr) continue;
    if (auto bound = meters::bind_point(map, telling.point, 1, ct, std::nullopt))
      points.push_back(std::move(*bound));
  }
  return points;
}

bool same_settings(const SerialLine& a, const SerialLine& b) {
  return a.baud == b.baud && a.parity == b.parity;
}

}  // namespace

Recognition::Recognition(const std::vector<const RegisterMap*>& maps, const std::optional<SerialLine>& line) {
  for (const RegisterMap* map : maps) {
    Candidate candidate;
    candidate.map = map;
    candidate.delivered_so = line && map->serial && same_settings(*line, *map->serial);
    candidate.to_check = telling_points(*map);
    candidates_.push_back(std::move(candidate));
  }
}

/// Still in the running when values are looked at.
bool Recognition::is_rival(const Candidate& candidate) const {
  const bool any = std::ranges::find(candidates_, State::kIdentified, &Candidate::state) != candidates_.end();
  return candidate.state == (any ? State::kIdentified : State::kOpen);
}

std::map<RegisterRange, int> Recognition::open_questions() const {
  std::map<RegisterRange, int> questions;
  const auto add = [this, &questions](const RegisterRange& range, const Candidate& candidate) {
    if (!said_.contains(range)) questions[range] += candidate.delivered_so ? 100 : 1;
  };
  for (const Candidate& candidate : candidates_) {
    if (candidate.state != State::kOpen || !candidate.map->identify) continue;
    add(meters::range_of(candidate.map->identify->reg), candidate);
  }
  if (!questions.empty()) return questions;
  for (const Candidate& candidate : candidates_) {
    // In the order of what they tell: a map that fails at the frequency is not asked for more.
    if (is_rival(candidate) && !candidate.to_check.empty())
      add(meters::range_of(candidate.to_check.front()), candidate);
  }
  return questions;
}

std::optional<RegisterRange> Recognition::next() const {
  if (said_.size() >= kMostQuestions || silent_ >= kMostSilent) return std::nullopt;
  const auto questions = open_questions();
  const auto best =
      std::ranges::max_element(questions, {}, [](const auto& question) { return question.second; });
  return best == questions.end() ? std::nullopt : std::optional(best->first);
}

void Recognition::answered(std::span<const std::uint16_t> words) {
  learn({.silent = false, .words = {words.begin(), words.end()}});
}

void Recognition::refused() {
  learn({});
}

void Recognition::silent() {
  learn({.silent = true, .words = {}});
  ++silent_;
}

void Recognition::learn(const Said& said) {
  const auto asked = next();
  SUBMETER_CHECK(asked && (said.words.empty() || said.words.size() == asked->count));
  said_.emplace(*asked, said);
  for (Candidate& candidate : candidates_) weigh(candidate);
}

void Recognition::weigh(Candidate& candidate) const {
  if (candidate.state == State::kOpen) weigh_identity(candidate);
  // What was read for another map counts here too.
  while (candidate.state != State::kExcluded && !candidate.to_check.empty()) {
    const auto said = said_.find(meters::range_of(candidate.to_check.front()));
    if (said == said_.end()) return;
    weigh_value(candidate, said->second);
    candidate.to_check.erase(candidate.to_check.begin());
  }
}

void Recognition::weigh_identity(Candidate& candidate) const {
  const auto& identify = candidate.map->identify;
  if (!identify) return;
  const RegisterRange range = meters::range_of(identify->reg);
  const auto said = said_.find(range);
  if (said == said_.end() || said->second.silent) return;
  const bool fits = !said->second.words.empty() && meters::identifies(*identify, said->second.words);
  candidate.state = fits ? State::kIdentified : State::kExcluded;
  if (!fits) return;
  candidate.identity = fmt::format("{} says {}", meters::register_text(range.table, range.address),
                                   meters::identity_text(*identify, said->second.words));
}

void Recognition::weigh_value(Candidate& candidate, const Said& said) {
  if (said.silent) return;
  const BoundPoint& point = candidate.to_check.front();
  const meters::Decoded decoded = said.words.empty() ? meters::Decoded{} : meters::decode(point, said.words);
  const double value = decoded.value.to_double();
  if (decoded.status != meters::Decoded::Status::kValue || !is_plausible(point, value)) {
    if (point.point.name == kMayBeAbsent) {
      --candidate.weight;
      return;
    }
    // What a meter says of itself outweighs a phase that is not connected.
    if (candidate.state == State::kOpen) candidate.state = State::kExcluded;
    return;
  }
  const std::string_view unit = meters::published_unit(point.quantity);
  candidate.plausible.push_back(unit.empty() ? fmt::format("pf {:.4g}", value)
                                             : fmt::format("{:.4g} {}", value, unit));
  candidate.weight += weight_of(point.point.name);
}

std::vector<MapGuess> Recognition::guesses() const {
  std::vector<const Candidate*> fitting;
  for (const Candidate& candidate : candidates_) {
    const bool certain = candidate.state == State::kIdentified;
    if (is_rival(candidate) && (certain || candidate.weight >= kEnoughWeight)) fitting.push_back(&candidate);
  }
  std::ranges::stable_sort(fitting, [](const Candidate* a, const Candidate* b) {
    return std::tuple(a->weight, a->delivered_so) > std::tuple(b->weight, b->delivered_so);
  });
  std::vector<MapGuess> guesses;
  for (const Candidate* candidate : fitting) {
    const bool certain = candidate->state == State::kIdentified;
    std::vector<std::string> evidence = candidate->plausible;
    if (certain) evidence.insert(evidence.begin(), candidate->identity);
    guesses.push_back({candidate->map, certain, joined(evidence, ", ")});
  }
  return guesses;
}

}  // namespace submeter::tool
