// SPDX-License-Identifier: Apache-2.0
#include "meters/scale_suspect.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace submeter::meters {
namespace {

using Kind = ScaleSuspect::Kind;

constexpr ScaleSuspect kOfEveryCircuit[] = {
    {Kind::kRootOfThree, std::numbers::sqrt3},
    {Kind::kRootOfThree, std::numbers::inv_sqrt3},
    {Kind::kThreePhases, 3.0},
    {Kind::kThreePhases, 1.0 / 3.0},
    {Kind::kDecimalPoint, 10.0},
    {Kind::kDecimalPoint, 0.1},
    {Kind::kDecimalPoint, 100.0},
    {Kind::kDecimalPoint, 0.01},
    {Kind::kDecimalPoint, 1000.0},
    {Kind::kDecimalPoint, 0.001},
};

/// A ratio that an error of measurement cannot be taken for; 1 where there is none.
double distinct_ratio(const std::optional<TransformerRatio>& ratio) {
  constexpr double kSmallest = 1.5;
  if (!ratio) return 1.0;
  const double factor = ratio->primary.to_double() / ratio->secondary.to_double();
  return factor >= kSmallest && std::isfinite(factor) ? factor : 1.0;
}

/// "10" of 10 and of 0.1.
std::string size(double factor) {
  return fmt::format("{:.4g}", factor < 1.0 ? 1.0 / factor : factor);
}

std::string_view prefix(Kind kind) {
  return kind == Kind::kPtRatio ? "pt" : "ct";
}

}  // namespace

std::string ScaleSuspect::name() const {
  const bool larger = factor > 1.0;
  switch (kind) {
    case Kind::kCtRatio:
    case Kind::kPtRatio:
      return fmt::format("{}_{}", prefix(kind), larger ? "twice" : "not_applied");
    case Kind::kDecimalPoint:
      return larger ? fmt::format("times_{}", size(factor)) : fmt::format("one_{}th", size(factor));
    case Kind::kRootOfThree:
      return larger ? "times_sqrt3" : "one_sqrt3rd";
    case Kind::kThreePhases:
      return larger ? "times_3" : "one_3rd";
    case Kind::kUnexplained:
      break;
  }
  return "unexplained";
}

std::string ScaleSuspect::text(std::string_view what, std::string_view other) const {
  const bool larger = factor > 1.0;
  switch (kind) {
    case Kind::kCtRatio:
    case Kind::kPtRatio:
      return fmt::format("the {} ratio {}:1 is {} to {}, or {} to {}", kind == Kind::kCtRatio ? "CT" : "PT",
                         size(factor), larger ? "applied twice" : "not applied", what,
                         larger ? "not applied" : "applied twice", other);
    case Kind::kDecimalPoint:
      return fmt::format(
          "a decimal point: {} is {} times too {}, unit or scale is wrong in the meter or its map", what,
          size(factor), larger ? "large" : "small");
    case Kind::kRootOfThree:
      return "a factor of √3: voltage between lines is taken for voltage to neutral, or the other way round";
    case Kind::kThreePhases:
      return larger ? fmt::format("a factor of 3: {} counts one phase three times, or {} one phase of three",
                                  what, other)
                    : fmt::format("a factor of 1/3: {} has one phase of three", what);
    case Kind::kUnexplained:
      break;
  }
  return "no usual mistake makes this factor: transformers of different ratios, or a wrong register";
}

ScaleSuspects::ScaleSuspects(const std::optional<TransformerRatio>& ct,
                             const std::optional<TransformerRatio>& pt)
    : ct_(distinct_ratio(ct)), pt_(distinct_ratio(pt)) {}

/// Until `visit` says that it has what it wants.
template <class Visit>
void ScaleSuspects::each(Visit visit) const {
  for (const auto& [kind, ratio] : {std::pair(Kind::kCtRatio, ct_), std::pair(Kind::kPtRatio, pt_)}) {
    if (ratio != 1.0 && (visit(ScaleSuspect{kind, ratio}) || visit(ScaleSuspect{kind, 1.0 / ratio}))) return;
  }
  for (const ScaleSuspect& suspect : kOfEveryCircuit) {
    if (visit(suspect)) return;
  }
}

std::optional<ScaleSuspect> ScaleSuspects::nearest(double ratio, double tolerance) const {
  std::optional<ScaleSuspect> found;
  each([&](const ScaleSuspect& suspect) {
    if (std::abs(ratio / suspect.factor - 1.0) > tolerance) return false;
    found = suspect;
    return true;
  });
  return found;
}

std::optional<ScaleSuspect> ScaleSuspects::explaining(double ratio) const {
  constexpr double kAccuracy = 0.97;
  constexpr double kLowestPowerFactor = 0.5;
  std::optional<ScaleSuspect> found;
  each([&](const ScaleSuspect& suspect) {
    const bool explains = suspect.factor > 1.0 && suspect.factor >= ratio * kAccuracy &&
                          ratio >= suspect.factor * kLowestPowerFactor;
    if (explains && (!found || suspect.factor < found->factor)) found = suspect;
    return false;
  });
  return found;
}

}  // namespace submeter::meters
