// SPDX-License-Identifier: Apache-2.0
// Which register map a meter speaks: says which registers to read next, is told what the meter answered, and
// ranks the maps. First the registers by which maps identify their model, each asked once for all maps that
// name it; where that settles nothing, the maps that are left are held against what mains must look like: 45
// to 65 Hz, 80 to 300 V to neutral (or the kilovolts behind voltage transformers), a power factor of at
// most 1.
//
// Of one meter. Asks nothing itself, so that it knows no line and no time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "meters/binding.h"
#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::tool {

/// A map and why it is named.
struct MapGuess {
  const meters::RegisterMap* map = nullptr;
  bool certain = false;  ///< The meter says it itself; else its values are only plausible.
  std::string evidence;  ///< "holding 464515 (…) says 112", "49.98 Hz, 231.2 V"
};

class Recognition {
 public:
  /// Questions to one meter, and how many of them it may leave unanswered before it is left alone.
  static constexpr std::size_t kMostQuestions = 60;
  static constexpr std::size_t kMostSilent = 3;

  /// `maps` outlive this. Those that are delivered with the settings of `line` are tried first.
  Recognition(const std::vector<const meters::RegisterMap*>& maps, const std::optional<SerialLine>& line);

  /// What to read next; empty when all that can be known is known.
  std::optional<meters::RegisterRange> next() const;
  /// The words of next(), or that the meter refused them.
  void answered(std::span<const std::uint16_t> words);
  void refused();
  void silent();

  /// The maps that fit, best first.
  std::vector<MapGuess> guesses() const;

 private:
  enum class State : std::uint8_t { kOpen, kIdentified, kExcluded };
  struct Candidate {
    const meters::RegisterMap* map = nullptr;
    bool delivered_so = false;
    State state = State::kOpen;
    std::string identity;
    std::vector<meters::BoundPoint> to_check;  ///< Points not yet held against the mains.
    std::vector<std::string> plausible;        ///< "49.98 Hz"
    int weight = 0;                            ///< Of what was plausible.
  };

  /// What the meter said to a question; no words: it refused, or was silent.
  struct Said {
    bool silent = false;
    std::vector<std::uint16_t> words;
  };

  std::map<meters::RegisterRange, int> open_questions() const;
  bool is_rival(const Candidate& candidate) const;
  void learn(const Said& said);
  void weigh(Candidate& candidate) const;
  void weigh_identity(Candidate& candidate) const;
  static void weigh_value(Candidate& candidate, const Said& said);

  std::vector<Candidate> candidates_;
  std::map<meters::RegisterRange, Said> said_;
  std::size_t silent_ = 0;
};

}  // namespace submeter::tool
