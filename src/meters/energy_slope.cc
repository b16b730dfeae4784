// SPDX-License-Identifier: Apache-2.0
#include "meters/energy_slope.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace submeter::meters {
namespace {

/// So many of the smallest steps a register was seen to make leave an error of 4 % at most.
constexpr double kFewestSteps = 25.0;
/// So many readings, or the mean power may have missed what comes rarely.
constexpr int kFewestGaps = 100;
constexpr double kSure = 0.04;  // share of the integral
constexpr double kOneWay = 0.5;
constexpr double kLeastMeanKilowatts = 0.1;

double hours(Duration span) {
  return std::chrono::duration<double, std::ratio<3600>>(span).count();
}

}  // namespace

std::optional<EnergySlope::Slope> EnergySlope::add(const CircuitValues& values, MonoTime now) {
  const double power = values[Measured::kPower];
  if (!known(power)) return std::nullopt;
  if (!integrate(power, now)) window_.reset();
  const double import_kwh = values[Measured::kImport];
  const double export_kwh = reads_export_ ? values[Measured::kExport] : 0.0;
  if (!known(import_kwh) || !known(export_kwh)) return std::nullopt;
  if (!window_ || !follow(import_kwh, export_kwh) || now - window_->begun > kLongestWindow) {
    window_ = Window{now, import_kwh, export_kwh, import_kwh, export_kwh};
    return std::nullopt;
  }
  const Window& window = *window_;
  const double energy = import_kwh - window.import_at_begin - (export_kwh - window.export_at_begin);
  if (!enough(window, energy, now)) return std::nullopt;
  const Slope slope{std::abs(energy), std::abs(window.integral), now - window.begun};
  const bool same_way = energy * window.integral > 0 && slope.power_kwh >= kOneWay * window.size;
  window_ = Window{now, import_kwh, export_kwh, import_kwh, export_kwh};
  return same_way ? std::optional(slope) : std::nullopt;
}

/// False: what lies between the last power and this one is not known.
bool EnergySlope::integrate(double kilowatts, MonoTime now) {
  const auto last = std::exchange(last_, Power{kilowatts, now});
  if (!last || now <= last->at || now - last->at > kFurthest) return false;
  if (kilowatts < 0 && !reads_export_) return false;
  if (!window_) return true;
  const double span = hours(now - last->at);
  const double change = (kilowatts - last->kilowatts) * span;
  window_->integral += (kilowatts + last->kilowatts) / 2 * span;
  window_->size += (std::abs(kilowatts) + std::abs(last->kilowatts)) / 2 * span;
  window_->unsure += change * change / 2;
  ++window_->gaps;
  return true;
}

/// False: the registers went back; they rolled over, were reset, or the meter is another one.
bool EnergySlope::follow(double import_kwh, double export_kwh) {
  Window& window = *window_;
  for (const double step : {import_kwh - window.import_kwh, export_kwh - window.export_kwh}) {
    if (step < 0) return false;
    const bool smaller = window.smallest_step == 0 || step < window.smallest_step;
    if (step > 0 && smaller) window.smallest_step = step;
  }
  window.import_kwh = import_kwh;
  window.export_kwh = export_kwh;
  return true;
}

bool EnergySlope::enough(const Window& window, double energy, MonoTime now) const {
  const Duration span = now - window.begun;
  if (span < kShortestWindow || window.gaps < kFewestGaps || window.smallest_step == 0) return false;
  if (std::abs(energy) < kFewestSteps * window.smallest_step) return false;
  if (std::max(std::abs(energy), window.size) < kLeastMeanKilowatts * hours(span)) return false;
  return std::sqrt(window.unsure) <= kSure * std::abs(window.integral);
}

}  // namespace submeter::meters
