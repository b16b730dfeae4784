// SPDX-License-Identifier: Apache-2.0
// Watches one circuit for what a wrong current transformer, or wrong wiring, makes of its values: things that
// contradict each other, or cannot be. Is fed each reading, says what begins and what ends, and how to tell
// it to a person. Each sign counts under load only, and when it has lasted (meters/lasting.h). Allocates
// nothing for a reading, has a fixed size, changes no value. Pure.
//
// What all values share, as a ratio that is set wrong in the meter itself, cannot be seen from within: only
// the meter above, or a clamp, shows it.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "meters/energy_slope.h"
#include "meters/lasting.h"
#include "meters/measured.h"
#include "meters/power_balance.h"
#include "meters/scale_suspect.h"
#include "submeter/options.h"

namespace submeter::meters {

/// Where a wrong transformer shows.
enum class CtSign : std::uint8_t {
  kPowerBalance,  ///< Power is not what voltage, current and power factor make.
  kEnergySlope,   ///< The energy register does not advance as power says.
  kOverCurrent,   ///< More current than the transformer is made for.
  kTurnedPhase,   ///< One phase exports while the others import.
};
inline constexpr std::size_t kCtSigns = 4;
using CtSigns = std::bitset<kCtSigns>;

/// A circuit as its watch needs to know it.
struct WatchedCircuit {
  int phases = 3;  ///< That the meter measures: 1, 2 or 3.
  std::optional<TransformerRatio> ct{};
  std::optional<TransformerRatio> pt{};
  bool reads_export = false;  ///< energy_export_kwh is among its points: something may feed back.
  double power_step_kw = 0;   ///< Smallest difference the power registers show; 0: unknown, small.
};

class CtWatch {
 public:
  /// For so long, under load, a sign has to be there, or away.
  static constexpr Duration kHold = std::chrono::minutes(10);
  /// The same of a phase that exports, where export is read; rest counts against it: sun does not shine all
  /// day.
  static constexpr Duration kHoldWithExport = std::chrono::hours(24);
  /// Finished windows of energy that have to agree.
  static constexpr int kWindows = 3;

  explicit CtWatch(const WatchedCircuit& circuit);

  /// A good reading; `now` never goes back. The signs that begin or end with it.
  CtSigns observe(const CircuitValues& values, MonoTime now);
  bool suspect() const { return standing_.any(); }
  CtSigns standing() const { return standing_; }
  /// For programs, of a sign that stands or stood last: "ct_twice", "over_current", "turned_phase".
  std::string name(CtSign sign) const;
  /// For people: what was seen, with figures, and what makes it.
  std::string text(CtSign sign) const;

 private:
  void look_at_power(const CircuitValues& values, MonoTime now);
  void look_at_energy(const CircuitValues& values, MonoTime now);
  void look_at_current(const CircuitValues& values, MonoTime now);
  void look_at_direction(const CircuitValues& values, MonoTime now);
  void set(CtSign sign, bool stands) { standing_.set(static_cast<std::size_t>(sign), stands); }

  /// Of the reading at which a sign was seen last.
  struct Seen {
    double is = 0;
    double expected = 0;
    int phase = -1;
  };
  Seen& seen(CtSign sign) { return seen_[static_cast<std::size_t>(sign)]; }
  const Seen& seen(CtSign sign) const { return seen_[static_cast<std::size_t>(sign)]; }

  ScaleSuspects suspects_;
  PowerBalanceOptions balance_;
  double ct_primary_a_ = 0;  // 0: none
  bool reads_export_;
  LastingSuspect power_{kHold};
  EnergySlope slope_;
  LastingSuspect energy_{kHold};
  bool energy_is_proof_;
  Lasting over_current_{kHold};
  Lasting turned_;
  std::array<Seen, kCtSigns> seen_{};
  CtSigns standing_;
};

/// For people, of a sign that does not stand any more.
std::string_view cleared_text(CtSign sign);

/// What to look at, whatever the sign; ends a line of the journal.
inline constexpr const char* kCtAdvice =
    "compare the meter's display with `submeter read`, and ct of the configuration with the transformer's "
    "plate";

}  // namespace submeter::meters
