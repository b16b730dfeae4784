// SPDX-License-Identifier: Apache-2.0
// A day as it might be metered, the same for the same seed: an office, machines that never stop, a solar
// roof. Power is constant within each second; the energy counted is its exact integral. The simulated day
// begins at 08:00.
#pragma once

#include <chrono>
#include <cstdint>

#include "simulate/energy_counter.h"
#include "simulate/load.h"

namespace submeter::simulate {

enum class LoadShape : std::uint8_t {
  kOffice,  ///< Low at night, high from nine to five.
  kSteady,  ///< A server row.
  kSolar,   ///< Exports by day, draws a little at night.
};

struct DailyLoadOptions {
  LoadShape shape = LoadShape::kOffice;
  double peak_kw = 5.0;
  int phase_count = 3;
  std::uint64_t seed = 0;
};

class DailyLoad final : public Load {
 public:
  explicit DailyLoad(const DailyLoadOptions& options) : options_(options) {}

  LoadState at(Duration elapsed) override;
  /// What flows during the second that begins `second` seconds after the start.
  Supply supply_in(std::int64_t second) const;

 private:
  double level_in(std::int64_t second) const;
  Phase phase_in(std::int64_t second, std::uint64_t index, double level) const;
  double noise(std::uint64_t channel, std::int64_t step) const;

  DailyLoadOptions options_;
  EnergyCounter counter_;
  std::chrono::milliseconds counted_{0};
  Supply current_;
  std::int64_t current_second_ = -1;
};

}  // namespace submeter::simulate
