// SPDX-License-Identifier: Apache-2.0
#include "meters/ct_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace submeter::meters {
namespace {

constexpr double kMinimumLoad = 0.02;        // of the transformer's primary
constexpr double kMinimumLoadWithoutCt = 2;  // amperes
constexpr double kOverPrimary = 1.2;
constexpr double kEnergyNearFactor = 0.08;
constexpr double kNominalKilovolts = 0.23;  // for a least power; an order of magnitude is enough

double least_current(const WatchedCircuit& circuit) {
  return circuit.ct ? kMinimumLoad * circuit.ct->primary.to_double() : kMinimumLoadWithoutCt;
}

std::string where(int phase) {
  return phase < 0 ? std::string() : fmt::format(" of L{}", phase + 1);
}

}  // namespace

CtWatch::CtWatch(const WatchedCircuit& circuit)
    : suspects_(circuit.ct, circuit.pt),
      balance_{circuit.phases, least_current(circuit), circuit.power_step_kw},
      ct_primary_a_(circuit.ct ? circuit.ct->primary.to_double() : 0.0),
      reads_export_(circuit.reads_export),
      slope_(circuit.reads_export),
      energy_is_proof_(circuit.reads_export || circuit.phases == 1),
      turned_(circuit.reads_export ? kHoldWithExport : kHold) {}

CtSigns CtWatch::observe(const CircuitValues& values, MonoTime now) {
  const CtSigns before = standing_;
  look_at_power(values, now);
  look_at_energy(values, now);
  look_at_current(values, now);
  look_at_direction(values, now);
  return before ^ standing_;
}

void CtWatch::look_at_power(const CircuitValues& values, MonoTime now) {
  const auto verdict = judge_power(values, balance_, suspects_);
  if (!verdict) return;
  const bool impossible = verdict->suspect && verdict->power_kw > verdict->expected_kw;
  power_.add(verdict->suspect, std::max(verdict->power_kw, verdict->expected_kw), impossible, now);
  if (verdict->suspect == power_.suspect()) {
    seen(CtSign::kPowerBalance) = {verdict->power_kw, verdict->expected_kw, verdict->phase};
  }
  set(CtSign::kPowerBalance, power_.standing());
}

void CtWatch::look_at_energy(const CircuitValues& values, MonoTime now) {
  const auto slope = slope_.add(values, now);
  if (!slope) return;
  const double hours = std::chrono::duration<double, std::ratio<3600>>(slope->span).count();
  const auto suspect = suspects_.nearest(slope->energy_kwh / slope->power_kwh, kEnergyNearFactor);
  energy_.add(suspect, slope->power_kwh / hours, energy_is_proof_, now, kHold / kWindows);
  if (suspect == energy_.suspect()) {
    seen(CtSign::kEnergySlope) = {slope->energy_kwh / hours, slope->power_kwh / hours};
  }
  set(CtSign::kEnergySlope, energy_.standing());
}

void CtWatch::look_at_current(const CircuitValues& values, MonoTime now) {
  if (ct_primary_a_ == 0.0) return;
  Seen highest;
  for (int phase = 0; phase < balance_.phases; ++phase) {
    const double current = std::abs(values.of_phase(Measured::kCurrentL1, phase));
    if (known(current) && (highest.phase < 0 || current > highest.is))
      highest = {current, ct_primary_a_, phase};
  }
  if (highest.phase < 0) return;
  const bool over = highest.is > kOverPrimary * ct_primary_a_;
  over_current_.add(over, now);
  if (over) seen(CtSign::kOverCurrent) = highest;
  set(CtSign::kOverCurrent, over_current_.standing());
}

void CtWatch::look_at_direction(const CircuitValues& values, MonoTime now) {
  const double least_kw = kNominalKilovolts * balance_.least_current_a;
  int exporting = 0;
  bool loaded = balance_.phases > 1;
  Seen turned;
  for (int phase = 0; phase < balance_.phases; ++phase) {
    const double power = values.of_phase(Measured::kPowerL1, phase);
    if (!known(power)) return;
    loaded = loaded && std::abs(power) >= least_kw;
    if (power > 0) {
      turned.expected += power;
    } else {
      ++exporting;
      turned.is = power;
      turned.phase = phase;
    }
  }
  // What feeds back rests at night, a transformer that is turned round does not.
  if (!loaded && !reads_export_) return;
  const bool one = loaded && exporting == 1;
  turned_.add(one, now);
  if (one) seen(CtSign::kTurnedPhase) = turned;
  set(CtSign::kTurnedPhase, turned_.standing());
}

std::string CtWatch::name(CtSign sign) const {
  switch (sign) {
    case CtSign::kPowerBalance:
      return power_.suspect().name();
    case CtSign::kEnergySlope:
      return energy_.suspect().name();
    case CtSign::kOverCurrent:
      return "over_current";
    case CtSign::kTurnedPhase:
      break;
  }
  return "turned_phase";
}

std::string CtWatch::text(CtSign sign) const {
  const Seen& was = seen(sign);
  switch (sign) {
    case CtSign::kPowerBalance:
      return fmt::format(
          "power{} is {:.4g} kW where voltage, current and power factor make {:.4g} kW; suspect: {}",
          where(was.phase), was.is, was.expected, power_.suspect().text("power", "current"));
    case CtSign::kEnergySlope:
      return fmt::format("energy advances by {:.4g} kWh an hour while power is {:.4g} kW; suspect: {}",
                         was.is, was.expected, energy_.suspect().text("energy", "power"));
    case CtSign::kOverCurrent:
      return fmt::format(
          "current{} is {:.4g} A through a CT of {:.4g} A; suspect: the CT ratio is set too high or "
          "applied twice, or the circuit is overloaded",
          where(was.phase), was.is, was.expected);
    case CtSign::kTurnedPhase:
      break;
  }
  return fmt::format(
      "power{} is {:.4g} kW while the other phases draw {:.4g} kW; suspect: a CT turned round or on "
      "another phase than its voltage, or a generator on one phase",
      where(was.phase), was.is, was.expected);
}

std::string_view cleared_text(CtSign sign) {
  switch (sign) {
    case CtSign::kPowerBalance:
      return "power is again what voltage, current and power factor make";
    case CtSign::kEnergySlope:
      return "energy advances again as power says";
    case CtSign::kOverCurrent:
      return "current is again within what the CT is made for";
    case CtSign::kTurnedPhase:
      break;
  }
  return "no single phase exports any more";
}

}  // namespace submeter::meters
