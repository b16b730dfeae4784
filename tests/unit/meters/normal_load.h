// SPDX-License-Identifier: Apache-2.0
// Circuits as they are: unbalanced, fed by sun, nearly idle, inductive, switched, seen through coarse
// registers that were not read at one instant. For tests of what must not be taken for a fault.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

#include "meters/ct_watch.h"

namespace submeter::test {

class NormalLoad {
 public:
  explicit NormalLoad(std::uint64_t seed) : random_(seed) {
    constexpr int kSeconds[] = {1, 2, 5, 10, 30, 60, 300, 900};
    constexpr int kPrimaries[] = {0, 50, 100, 400, 1000};
    interval_ = kSeconds[below(8)];
    circuit.phases = 1 + below(3);
    const int primary = kPrimaries[below(5)];
    if (primary > 0) circuit.ct = TransformerRatio{Decimal(primary), Decimal(5), AppliedBy::kGateway};
    const double rated = 0.23 * (primary > 0 ? primary : 63);
    sunny_ = below(3) == 0;
    circuit.reads_export = sunny_ || below(2) == 0;
    sun_kw_ = sunny_ ? rated * uniform(0.1, 0.8) : 0.0;
    for (Phase& phase : phases_) {
      phase.base_kva = rated * (below(4) == 0 ? uniform(0.0, 0.02) : uniform(0.02, 0.7));
      phase.switched_kva = below(2) == 0 ? 0.0 : rated * uniform(0.05, 0.4);
      phase.period_s = uniform(20.0, 4000.0);
      phase.duty = uniform(0.1, 0.9);
      phase.pf = uniform(0.1, 1.0);
    }
    arithmetic_ = below(2) == 0;
    per_phase_ = below(2) == 0;
    reads_pf_ = below(3) != 0;
    energy_step_ = std::pow(10.0, -static_cast<double>(below(4)));
    circuit.power_step_kw = below(2) == 0 ? 0.0 : std::pow(10.0, -1.0 - below(3));
    seconds_ = uniform(0.0, 86400.0);
  }

  meters::WatchedCircuit circuit;

  /// What is read `interval` later than before.
  meters::CircuitValues next(MonoTime& now) {
    constexpr int kParts = 8;
    for (int part = 0; part < kParts; ++part) pass(static_cast<double>(interval_) / kParts);
    now += std::chrono::seconds(interval_);
    return values();
  }

 private:
  struct Phase {
    double base_kva = 0;
    double switched_kva = 0;
    double period_s = 0;
    double duty = 0;
    double pf = 1;
    double wander = 1;
    double power_kw = 0;
    double reactive_kvar = 0;
  };

  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(random_() >> 11U) * 0x1p-53;
  }

  void pass(double seconds) {
    seconds_ += seconds;
    const double day = std::fmod(seconds_, 86400.0) / 86400.0;
    clouds_ = std::clamp(clouds_ + uniform(-0.1, 0.1), 0.2, 1.0);
    const double sun = sun_kw_ * clouds_ * std::max(0.0, std::sin((day - 0.25) * 2 * std::numbers::pi));
    double total = 0;
    for (int i = 0; i < circuit.phases; ++i) {
      Phase& phase = phases_.at(static_cast<std::size_t>(i));
      phase.wander = std::clamp(phase.wander * uniform(0.97, 1.031), 0.3, 1.0);
      phase.pf = std::clamp(phase.pf + uniform(-0.01, 0.01), 0.1, 1.0);
      const bool on = std::fmod(seconds_, phase.period_s) < phase.duty * phase.period_s;
      const double kva = phase.base_kva * phase.wander + (on ? phase.switched_kva : 0.0);
      phase.reactive_kvar = kva * std::sin(std::acos(phase.pf));
      phase.power_kw = kva * phase.pf - sun;
      count(phase.power_kw * seconds / 3600, arithmetic_);
      total += phase.power_kw;
    }
    count(total * seconds / 3600, !arithmetic_);
  }

  void count(double kilowatt_hours, bool counts) {
    if (counts) (kilowatt_hours > 0 ? import_kwh_ : export_kwh_) += std::abs(kilowatt_hours);
  }

  static double stepped(double value, double step) {
    return step == 0 ? value : std::round(value / step) * step;
  }

  meters::CircuitValues values() {
    using meters::Measured;
    meters::CircuitValues read;
    const bool starting = below(200) == 0;  // a motor, between the reading of current and that of power
    double power = 0;
    double reactive = 0;
    double apparent = 0;
    for (int i = 0; i < circuit.phases; ++i) {
      const Phase& phase = phases_.at(static_cast<std::size_t>(i));
      const double kva = std::hypot(phase.power_kw, phase.reactive_kvar);
      const double volts = uniform(222, 238);
      const double moved = uniform(0.96, 1.04) * (starting ? 5.0 : 1.0);
      power += phase.power_kw;
      reactive += phase.reactive_kvar;
      apparent += kva;
      read.set(at(Measured::kVoltageL1N, i), stepped(volts, 0.1));
      read.set(at(Measured::kCurrentL1, i), stepped(kva * 1000 / volts * moved, 0.01));
      if (!per_phase_) continue;
      read.set(at(Measured::kPowerL1, i), stepped(phase.power_kw, circuit.power_step_kw));
      if (reads_pf_) read.set(at(Measured::kPfL1, i), kva == 0 ? 1 : stepped(phase.power_kw / kva, 0.01));
    }
    const double whole = arithmetic_ ? apparent : std::hypot(power, reactive);
    read.set(Measured::kPower, stepped(power, circuit.power_step_kw));
    if (reads_pf_) read.set(Measured::kPf, whole == 0 ? 1 : stepped(power / whole, 0.01));
    read.set(Measured::kImport, std::floor(import_kwh_ / energy_step_) * energy_step_);
    read.set(Measured::kExport, std::floor(export_kwh_ / energy_step_) * energy_step_);
    return read;
  }

  static meters::Measured at(meters::Measured first, int phase) {
    return static_cast<meters::Measured>(static_cast<int>(first) + phase);
  }

  std::mt19937_64 random_;
  std::array<Phase, 3> phases_{};
  int interval_ = 1;
  bool sunny_ = false;
  double sun_kw_ = 0;
  double clouds_ = 1;
  bool arithmetic_ = false;
  bool per_phase_ = false;
  bool reads_pf_ = false;
  double energy_step_ = 0.01;
  double seconds_ = 0;
  double import_kwh_ = 48211.36;
  double export_kwh_ = 12.5;
};

}  // namespace submeter::test
