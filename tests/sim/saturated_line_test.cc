// SPDX-License-Identifier: Apache-2.0
// A serial line that is asked for all it can carry is used to the last character, and dead meters take no
// more than their share of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/sim/site.h"

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

constexpr int kUnits = 10;

// 36 registers in one request, wanted each second: ten meters need 1.1 s for it.
std::string ten_meters() {
  std::string yaml = "buses:\n  bus: {type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: none}\nmeters:\n";
  for (int unit = 1; unit <= kUnits; ++unit) {
    yaml += "  m" + std::to_string(unit) + ": {bus: bus, unit: " + std::to_string(unit) +
            ", map: eastron-sdm630, interval: 1s, points: [voltage_l1n_v, voltage_l2n_v, voltage_l3n_v, "
            "current_l1_a, current_l2_a, current_l3_a, power_l1_kw, power_l2_kw, power_l3_kw, "
            "apparent_power_l1_kva, apparent_power_l2_kva, apparent_power_l3_kva, reactive_power_l1_kvar, "
            "reactive_power_l2_kvar, reactive_power_l3_kvar, pf_l1, pf_l2, pf_l3]}\n";
  }
  return yaml;
}

/// The least time of a read of 36 registers at 9600 8N1 by a meter that thinks for 20 ms, in seconds:
/// (8 + 5 + 2 · 36) characters, the turnaround, T3.5. Modbus serial line spec V1.02, 2.5.1.1.
constexpr double kLeast = (85 * 10 + 3.5 * 10) / 9600.0 + 0.020;

/// Good samples a second of each of `meters`, the slowest of them.
double slowest_rate(SimulatedSite& site, const std::vector<std::string>& meters, Duration settle,
                    Duration watched) {
  site.run(settle);
  std::vector<std::size_t> before;
  for (const std::string& meter : meters) before.push_back(site.samples(meter).size());
  site.run(watched);
  double slowest = 1e9;
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const auto samples = site.samples(meters[i]).size() - before[i];
    slowest =
        std::min(slowest, static_cast<double>(samples) / std::chrono::duration<double>(watched).count());
  }
  return slowest;
}

std::vector<std::string> names(const std::vector<int>& units) {
  std::vector<std::string> meters;
  for (const int unit : units) meters.push_back("m" + std::to_string(unit));
  return meters;
}

TEST(SaturatedLine, ReadsTenMetersWithinOneHundredthOfTheWiresLeastPeriod) {
  SimulatedSite site(ten_meters(), {});
  const double rate = slowest_rate(site, names({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 1min, 10min);
  EXPECT_LE(1.0 / rate, 1.01 * kUnits * kLeast);
  EXPECT_GE(1.0 / rate, 0.99 * kUnits * kLeast);  // nobody is faster than the wire
}

TEST(SaturatedLine, LeavesSevenOfTenAllButAHundredthOfWhatTheDeadOnesUsedTo) {
  simulate::SiteOptions options;
  for (const char* dead : {"m2", "m5", "m9"}) options.faults[dead].dead = true;
  SimulatedSite site(ten_meters(), std::move(options));
  const double rate = slowest_rate(site, names({1, 3, 4, 6, 7, 8, 10}), 10min, 30min);
  // 7 · 0.112 s fit into the second that is asked for.
  EXPECT_GE(rate, 0.99);
}

// Thirty meters at 9600 baud, wanted each second, take all of the line also without the three that are dead.
TEST(SaturatedLine, LosesAHundredthAtMostToThreeDeadMetersOfThirty) {
  std::string yaml = "buses:\n  bus: {type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: none}\nmeters:\n";
  std::vector<int> alive;
  simulate::SiteOptions options;
  for (int unit = 1; unit <= 30; ++unit) {
    const std::string meter = "m" + std::to_string(unit);
    yaml += "  " + meter + ": {bus: bus, unit: " + std::to_string(unit) +
            ", map: eastron-sdm630, interval: 1s, points: [energy_import_kwh]}\n";
    if (unit % 10 == 0) {
      options.faults[meter].dead = true;
    } else {
      alive.push_back(unit);
    }
  }
  SimulatedSite site(yaml, std::move(options));
  const double rate = slowest_rate(site, names(alive), 20min, 60min);
  constexpr double kLeastOfTwo = (17 * 10 + 3.5 * 10) / 9600.0 + 0.020;
  EXPECT_LE(1.0 / rate, 1.0 / 0.99 * static_cast<double>(alive.size()) * kLeastOfTwo);
}

}  // namespace
}  // namespace submeter::test
