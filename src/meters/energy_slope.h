// SPDX-License-Identifier: Apache-2.0
// Whether the energy register advances as fast as power says. Pure.
//
// Over windows: from one energy value to another that lies so far on that the register's own steps, taken
// from how it moves, and the way power moves between readings make an error of a few percent. Windows that
// cannot be compared are thrown away: readings far apart, an energy that goes back, power that comes and goes
// in both directions, export that is not read.
#pragma once

#include <optional>

#include "meters/measured.h"
#include "submeter/time.h"

namespace submeter::meters {

class EnergySlope {
 public:
  /// Powers further apart say too little of what was between them.
  static constexpr Duration kFurthest = std::chrono::minutes(5);
  static constexpr Duration kShortestWindow = std::chrono::minutes(5);
  static constexpr Duration kLongestWindow = std::chrono::hours(48);

  /// `reads_export`: the export register is read as well, so that what flows back is known.
  explicit EnergySlope(bool reads_export) : reads_export_(reads_export) {}

  /// A finished window.
  struct Slope {
    double energy_kwh = 0;  ///< By which the register advanced, import less export.
    double power_kwh = 0;   ///< What power made in that time.
    Duration span{};
  };
  std::optional<Slope> add(const CircuitValues& values, MonoTime now);

 private:
  struct Power {
    double kilowatts = 0;
    MonoTime at{};
  };
  struct Window {
    MonoTime begun{};
    double import_at_begin = 0;
    double export_at_begin = 0;
    double import_kwh = 0;  // the newest
    double export_kwh = 0;
    double smallest_step = 0;  // by which a register was seen to move; 0: none yet
    double integral = 0;       // of power, kWh
    double size = 0;           // of its absolute value
    double unsure = 0;         // variance of the integral
    int gaps = 0;
  };

  bool integrate(double kilowatts, MonoTime now);
  bool follow(double import_kwh, double export_kwh);
  bool enough(const Window& window, double energy, MonoTime now) const;

  bool reads_export_;
  std::optional<Power> last_;
  std::optional<Window> window_;
};

}  // namespace submeter::meters
