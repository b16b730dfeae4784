// SPDX-License-Identifier: Apache-2.0
// A real house with sun on its roof, three weeks of it, through a simulated RTU meter: what the records say
// it used is what its own meter said, to the tenth of a watt-hour, and nothing about it is suspect.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/sim/site.h"

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kData =
    std::filesystem::path(SUBMETER_SOURCE_DIR) / "../shared/data/nist_net_zero_house_1min.csv";

std::string site_reading(const std::string& points) {
  return R"(
buses:
  rs485-1: {type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: even}
meters:
  house:
    bus: rs485-1
    unit: 1
    map: eastron-sdm630
    interval: 1min
    points: [)" +
         points + "]\n";
}

simulate::SiteOptions replayed() {
  auto table = simulate::load_replay(kData);
  simulate::SiteOptions options;
  options.replay = simulate::ReplayChoice{.meter = "house", .table = std::move(table.value()), .step = 1min};
  return options;
}

constexpr auto kThreeWeeks = std::chrono::hours(21 * 24) + 2min;

Decimal register_of(const Record& record, const char* point) {
  return Decimal::parse(number_of(record, point)).value();
}

std::string difference(const std::vector<Record>& samples, std::size_t from, std::size_t to,
                       const char* point) {
  return register_of(samples.at(to), point).minus(register_of(samples.at(from), point)).value().to_string();
}

TEST(NistHouse, WeeklyRegisterDifferencesAreThoseOfTheDataSet) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "the NIST data set is not at " << kData;
  simulate::SiteOptions options = replayed();
  ASSERT_EQ(options.replay->table.rows.size(), 30'240U);
  SimulatedSite site(site_reading("energy_import_kwh, energy_export_kwh"), std::move(options));
  site.run(kThreeWeeks);

  const auto samples = site.samples("house");
  constexpr std::size_t kWeek = 7 * 24 * 60;
  ASSERT_GE(samples.size(), 3 * kWeek + 1);
  // The data set's own totals, from its description.
  const char* import_kwh[] = {"331.3704", "202.2036", "218.0801"};
  const char* export_kwh[] = {"9.7798", "75.2173", "131.8467"};
  for (std::size_t week = 0; week < 3; ++week) {
    const std::size_t from = week * kWeek;
    EXPECT_EQ(difference(samples, from, from + kWeek, "energy_import_kwh"), import_kwh[week]) << week;
    EXPECT_EQ(difference(samples, from, from + kWeek, "energy_export_kwh"), export_kwh[week]) << week;
  }
  for (const Record& sample : samples) ASSERT_NE(sample.json.find("\"q\":\"good\""), std::string::npos);
}

TEST(NistHouse, IsNotSuspectedOfAWrongTransformer) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "the NIST data set is not at " << kData;
  SimulatedSite site(
      site_reading(
          "energy_import_kwh, energy_export_kwh, power_kw, power_l1_kw, power_l2_kw, power_l3_kw, "
          "voltage_l1n_v, voltage_l2n_v, voltage_l3n_v, current_l1_a, current_l2_a, current_l3_a, pf, "
          "pf_l1, pf_l2, pf_l3"),
      replayed());
  site.run(kThreeWeeks);
  const auto samples = site.samples("house");
  ASSERT_GE(samples.size(), 30'240U);
  for (const Record& sample : samples)
    ASSERT_EQ(sample.json.find("ct_suspect"), std::string::npos) << sample.json;
  EXPECT_TRUE(site.events().empty());
}

}  // namespace
}  // namespace submeter::test
