// SPDX-License-Identifier: Apache-2.0
// No meter can spoil a bus for the others, and no fault becomes a value.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/sim/site.h"

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

std::string ten_meters(const char* bus) {
  std::string yaml = std::string("buses:\n  bus: ") + bus + "\nmeters:\n";
  for (int unit = 1; unit <= 10; ++unit) {
    yaml += "  m" + std::to_string(unit) + ": {bus: bus, unit: " + std::to_string(unit) +
            ", map: eastron-sdm120, interval: 2s, points: [power_kw, energy_import_kwh]}\n";
  }
  return yaml;
}

const std::string kRtu =
    "{type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: none, response_timeout: 300ms}";
const std::string kTcp = "{type: tcp, host: 10.0.4.20, response_timeout: 300ms}";

std::size_t good(const std::vector<Record>& samples) {
  std::size_t count = 0;
  for (const Record& sample : samples) {
    if (sample.json.find("\"q\":\"good\"") != std::string::npos) ++count;
  }
  return count;
}

class Isolation : public testing::TestWithParam<std::string> {};

TEST_P(Isolation, ThreeDeadMetersOfTenLeaveTheOthersTheirIntervals) {
  simulate::SiteOptions options;
  for (const char* dead : {"m2", "m5", "m9"}) options.faults[dead].dead = true;
  SimulatedSite site(ten_meters(GetParam().c_str()), std::move(options));
  site.run(30min);
  for (const char* alive : {"m1", "m3", "m4", "m6", "m7", "m8", "m10"}) {
    EXPECT_GE(good(site.samples(alive)), 900U * 95 / 100) << alive;  // 30 min at 2 s
  }
  for (const char* dead : {"m2", "m5", "m9"}) {
    EXPECT_EQ(good(site.samples(dead)), 0U);
    // At once, then one a minute.
    EXPECT_GE(site.samples(dead).size(), 29U) << dead;
    EXPECT_LE(site.samples(dead).size(), 32U) << dead;
  }
}

// A value of another meter, of an earlier question or of a damaged frame would not fit: the powers of no two
// meters lie in one range, and the energy of each only grows.
TEST_P(Isolation, NoFaultEverBecomesAValue) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    simulate::SiteOptions options;
    for (int unit = 1; unit <= 10; ++unit) {
      simulate::Faults& faults = options.faults["m" + std::to_string(unit)];
      using simulate::Fault;
      // On TCP a frame that breaks off costs the connection, which FaultsHour looks at.
      const Fault damage = GetParam() == kRtu ? Fault::kTruncated : Fault::kWrongCount;
      for (const Fault fault : {Fault::kSilent, damage, Fault::kBadCrc, Fault::kException}) {
        faults.shares[fault] = 0.02;
      }
      faults.exception_code = 0x06;  // busy
      options.loads["m" + std::to_string(unit)] = {.shape = simulate::LoadShape::kSteady,
                                                   .peak_kw = std::pow(2.0, unit)};
    }
    SimulatedSite site(ten_meters(GetParam().c_str()), std::move(options), seed);
    site.run(5min);
    for (int unit = 1; unit <= 10; ++unit) {
      const auto samples = site.samples("m" + std::to_string(unit));
      ASSERT_GT(good(samples), 150U / 2) << "seed " << seed;
      Decimal last_energy{0};
      for (const Record& sample : samples) {
        if (const std::string power = number_of(sample, "power_kw"); !power.empty()) {
          EXPECT_GT(std::stod(power), std::pow(2.0, unit - 1)) << "seed " << seed << ' ' << sample.json;
          EXPECT_LE(std::stod(power), std::pow(2.0, unit)) << "seed " << seed << ' ' << sample.json;
        }
        if (const std::string energy = number_of(sample, "energy_import_kwh"); !energy.empty()) {
          const Decimal now = Decimal::parse(energy).value();
          EXPECT_GE(now, last_energy) << "seed " << seed << ' ' << sample.json;
          last_energy = now;
        }
      }
    }
    // Each request is answered once; the last may be under way.
    const auto& counters = site.counters("bus");
    const auto answered = counters.answers + counters.exceptions + counters.timeouts + counters.bad_answers +
                          counters.bus_downs;
    EXPECT_LE(counters.requests - answered, 1U) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryKindOfBus, Isolation, testing::Values(kRtu, kTcp),
                         [](const auto& bus) { return bus.index == 0 ? "Rtu" : "Tcp"; });

TEST(Sequence, HasNoHoleAndStampsLieOnTheSchedule) {
  SimulatedSite site(ten_meters(kRtu.c_str()), {});
  site.run(10min);
  std::uint64_t expected = 1;
  for (const Record& record : site.queue.records()) EXPECT_EQ(record.seq.value, expected++);
  for (const Record& sample : site.samples("m1")) {
    // Ten meters share the bus: a reading is at most a round of the bus after its instant.
    EXPECT_LT(sample.time.time_since_epoch() % 2s, 1s) << sample.json;
  }
}

}  // namespace
}  // namespace submeter::test
