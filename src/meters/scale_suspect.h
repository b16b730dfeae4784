// SPDX-License-Identifier: Apache-2.0
// The mistakes that put a factor between two values that ought to be equal, and how to tell them by it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "submeter/options.h"

namespace submeter::meters {

/// A factor of the first of two values over the second, and what usually makes it.
struct ScaleSuspect {
  enum class Kind : std::uint8_t {
    kCtRatio,
    kPtRatio,
    kDecimalPoint,
    kRootOfThree,
    kThreePhases,
    kUnexplained
  };
  Kind kind = Kind::kUnexplained;
  double factor = 1.0;
  bool operator==(const ScaleSuspect&) const = default;

  /// For programs: "ct_twice", "ct_not_applied", "times_10", "one_1000th", "times_sqrt3", "one_3rd",
  /// "unexplained", …
  std::string name() const;
  /// For people, with `what` the first value is called: "the CT ratio 80:1 is applied twice to energy, or not
  /// to power", where `other` is the second.
  std::string text(std::string_view what, std::string_view other) const;
};

/// The factors that are to be feared on one circuit.
class ScaleSuspects {
 public:
  ScaleSuspects(const std::optional<TransformerRatio>& ct, const std::optional<TransformerRatio>& pt);

  /// Within `tolerance` of a factor: 0.04 is 4 %. A transformer's own ratio goes before the others.
  std::optional<ScaleSuspect> nearest(double ratio, double tolerance) const;
  /// The smallest factor above 1 that `ratio` does not exceed and reaches at least half of: for a ratio that
  /// a power factor, which is not known, makes smaller.
  std::optional<ScaleSuspect> explaining(double ratio) const;

 private:
  template <class Visit>
  void each(Visit visit) const;

  double ct_;  ///< 1: none.
  double pt_;
};

}  // namespace submeter::meters
