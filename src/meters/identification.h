// SPDX-License-Identifier: Apache-2.0
// Whether registers say "this is the meter of that map", and which current transformer a meter says it was
// programmed for. Given the words, asks nothing. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "meters/register_map.h"
#include "submeter/decimal.h"
#include "submeter/options.h"

namespace submeter::meters {

/// `words` are those of range_of(identify.reg). A text is compared without spaces around it.
bool identifies(const Identify& identify, std::span<const std::uint16_t> words);
/// What the words say, for people: "112", "'PM5110'", "nothing".
std::string identity_text(const Identify& identify, std::span<const std::uint16_t> words);

/// Registers that satisfy identifies(): what a simulated meter holds.
std::vector<std::uint16_t> identity_words(const Identify& identify);

/// The current transformer as a meter says it. `secondary` is empty where only the primary or the ratio is
/// known.
struct ProgrammedCt {
  CtCheck::Gives gives = CtCheck::Gives::kPrimary;
  Decimal primary;  ///< Amperes, or the ratio.
  std::optional<Decimal> secondary;
  bool operator==(const ProgrammedCt&) const = default;

  /// "400:5", "400 A", "80:1"
  std::string to_string() const;
  /// False: "meter is programmed 400:5, config says 200:5".
  bool agrees_with(const TransformerRatio& ct) const;
};

/// `secondary_words` is empty where the map has no register for it. Empty where the registers hold no number,
/// or one that is not above 0.
std::optional<ProgrammedCt> programmed_ct(const CtCheck& check, std::span<const std::uint16_t> words,
                                          std::span<const std::uint16_t> secondary_words = {});
/// "meter is programmed 400:5, config says 200:5"; empty when they agree.
std::optional<std::string> ct_contradiction(const ProgrammedCt& programmed, const TransformerRatio& ct);

}  // namespace submeter::meters
