// SPDX-License-Identifier: Apache-2.0
#include "simulate/daily_load.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simulate/seeded_random.h"

namespace submeter::simulate {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecondsADay = 86'400;
constexpr std::int64_t kStartOfDay = 28'800;  // 08:00
// Steps in which things change, seconds.
constexpr std::int64_t kMainsStep = 10;
constexpr std::int64_t kApplianceStep = 300;

// Share of the peak at each full hour of the day.
using Day = std::array<double, 24>;
constexpr Day kOfficeDay = {0.18, 0.17, 0.16, 0.16, 0.17, 0.22, 0.35, 0.55, 0.75, 0.88, 0.92, 0.90,
                            0.80, 0.86, 0.92, 0.90, 0.82, 0.65, 0.48, 0.38, 0.32, 0.27, 0.23, 0.20};
constexpr Day kSteadyDay = {0.72, 0.71, 0.70, 0.70, 0.70, 0.71, 0.72, 0.74, 0.77, 0.80, 0.82, 0.83,
                            0.83, 0.84, 0.84, 0.83, 0.82, 0.81, 0.80, 0.79, 0.78, 0.76, 0.75, 0.73};
constexpr Day kSolarDay = {-0.01, -0.01, -0.01, -0.01, -0.01, -0.01, 0.02, 0.12,  0.30,  0.52,  0.70,  0.82,
                           0.86,  0.82,  0.70,  0.52,  0.30,  0.12,  0.02, -0.01, -0.01, -0.01, -0.01, -0.01};

const Day& day_of(LoadShape shape) {
  switch (shape) {
    case LoadShape::kSteady:
      return kSteadyDay;
    case LoadShape::kSolar:
      return kSolarDay;
    case LoadShape::kOffice:
      break;
  }
  return kOfficeDay;
}

double share_at(const Day& day, std::int64_t second_of_day) {
  const auto hour = static_cast<std::size_t>(second_of_day / 3'600);
  const double within = static_cast<double>(second_of_day % 3'600) / 3'600.0;
  return day[hour] * (1.0 - within) + day[(hour + 1) % day.size()] * within;
}

}  // namespace

LoadState DailyLoad::at(Duration elapsed) {
  const auto end = std::chrono::floor<milliseconds>(elapsed);
  while (counted_ < end || current_second_ < 0) {
    const std::int64_t second = counted_.count() / 1'000;
    if (second != current_second_) {
      current_ = supply_in(second);
      current_second_ = second;
    }
    const milliseconds until = std::min(end, milliseconds{(second + 1) * 1'000});
    counter_.add(current_, until - counted_);
    counted_ = until;
  }
  return {.supply = current_, .energy = counter_.totals(), .demand_kw = counter_.demand_kw()};
}

Supply DailyLoad::supply_in(std::int64_t second) const {
  Supply supply;
  supply.phase_count = options_.phase_count;
  supply.frequency_mhz = 50'000 + std::llround(20.0 * noise(1, second / kMainsStep));
  const double level = level_in(second);
  for (std::uint64_t i = 0; i < supply.phases.size(); ++i) {
    supply.phases[i] = i < static_cast<std::uint64_t>(supply.phase_count) ? phase_in(second, i, level)
                                                                          : Phase{.voltage_mv = 0};
  }
  return supply;
}

// Share of the peak, with appliances that come and go and a little flicker.
double DailyLoad::level_in(std::int64_t second) const {
  const double share = share_at(day_of(options_.shape), (kStartOfDay + second) % kSecondsADay);
  return share * (1.0 + 0.08 * noise(2, second / kApplianceStep) + 0.01 * noise(3, second));
}

Phase DailyLoad::phase_in(std::int64_t second, std::uint64_t index, double level) const {
  const bool solar = options_.shape == LoadShape::kSolar;
  const double imbalance = solar || options_.phase_count == 1 ? 1.0 : 1.0 + 0.1 * noise(10 + index, 0);
  const double watts =
      options_.peak_kw * 1e3 / options_.phase_count * level * imbalance * (solar ? -1.0 : 1.0);
  // Loaded motors have the better power factor; an inverter is set close to one.
  const double factor =
      solar ? 0.995 : 0.82 + 0.14 * std::clamp(level, 0.0, 1.0) + 0.01 * noise(20 + index, 0);
  const double volts = 230.0 * (1.0 + 0.006 * noise(30 + index, second / kMainsStep) - 0.015 * level);
  Phase phase;
  phase.power_mw = std::llround(watts * 1e3);
  phase.reactive_mvar = std::llround(std::abs(watts) * 1e3 * std::tan(std::acos(factor)));
  phase.voltage_mv = std::llround(volts * 1e3);
  return phase;
}

// −1…1
double DailyLoad::noise(std::uint64_t channel, std::int64_t step) const {
  const std::uint64_t drawn = mix(mix(options_.seed ^ mix(channel)) ^ static_cast<std::uint64_t>(step));
  return 2.0 * unit_interval(drawn) - 1.0;
}

}  // namespace submeter::simulate
