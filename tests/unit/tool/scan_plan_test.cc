// SPDX-License-Identifier: Apache-2.0
#include "tool/scan_plan.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

using namespace std::chrono_literals;

SerialLine line(int baud, Parity parity, int stop_bits = 1) {
  return {.device = {}, .baud = baud, .parity = parity, .stop_bits = stop_bits};
}
const SerialLine k9600None = line(9600, Parity::kNone);
const SerialLine k9600Even = line(9600, Parity::kEven);
const SerialLine k19200Even = line(19200, Parity::kEven);
const std::vector<SerialLine> kMakers{k19200Even, k9600None, k9600None, k9600Even, k9600None, k19200Even};

using Lines = std::vector<SerialLine>;

TEST(ScanPlan, TriesTheConfiguredSettingsFirstThenTheMostFrequentOnes) {
  EXPECT_EQ(settings_to_try(std::nullopt, kMakers, {}), (Lines{k9600None, k19200Even, k9600Even}));
  EXPECT_EQ(settings_to_try(k9600Even, kMakers, {}), (Lines{k9600Even, k9600None, k19200Even}));
}

TEST(ScanPlan, TriesSettingsOnceThatDifferInStopBitsOnly) {
  EXPECT_EQ(settings_to_try(line(9600, Parity::kNone, 2), {k9600None}, {}).size(), 1U);
}

TEST(ScanPlan, TriesOnlyWhatWasAskedForAlsoWhatNoMakerHas) {
  ScanWish wish;
  wish.bauds = {9600};
  EXPECT_EQ(settings_to_try(std::nullopt, kMakers, wish),
            (Lines{k9600None, k9600Even, line(9600, Parity::kOdd)}));
  wish.parities = {Parity::kOdd, Parity::kEven};
  EXPECT_EQ(settings_to_try(std::nullopt, kMakers, wish), (Lines{k9600Even, line(9600, Parity::kOdd)}));
  wish.bauds.clear();
  wish.parities = {Parity::kOdd};
  EXPECT_EQ(settings_to_try(std::nullopt, kMakers, wish),
            (Lines{line(9600, Parity::kOdd), line(19200, Parity::kOdd)}));
}

TEST(ScanPlan, AsksUnits1To32InAllSettingsBeforeTheRest) {
  const auto passes = serial_passes({k9600None, k19200Even}, {});
  ASSERT_EQ(passes.size(), 8U);  // two settings, two tables, two ranges of units
  for (std::size_t i = 0; i < passes.size(); ++i) {
    EXPECT_EQ(passes[i].units.front().value, i < 4 ? 1 : 33);
    EXPECT_EQ(passes[i].units.back().value, i < 4 ? 32 : 247);
  }
  EXPECT_EQ(passes[0].table, meters::Table::kHolding);
  EXPECT_EQ(passes[2].table, meters::Table::kInput);
  ScanWish quick;
  quick.quick = true;
  EXPECT_EQ(serial_passes({k9600None}, quick).size(), 2U);
}

TEST(ScanPlan, AsksAGatewaysUnitsOnlyWhereThereIsOne) {
  const auto passes = tcp_passes({});
  ASSERT_EQ(passes.size(), 4U);
  EXPECT_EQ(passes[0].units, (std::vector<UnitId>{{1}, {0}, {255}}));
  EXPECT_FALSE(passes[1].if_gateway);
  EXPECT_TRUE(passes[2].if_gateway);
  EXPECT_EQ(passes[2].units.front(), UnitId{2});
  EXPECT_EQ(passes[2].units.back(), UnitId{247});
  ScanWish wish;
  wish.units = {{7}};
  for (const ScanPass& pass : tcp_passes(wish)) {
    EXPECT_EQ(pass.units, std::vector<UnitId>{{7}});
    EXPECT_FALSE(pass.if_gateway);
  }
}

TEST(ScanPlan, BoundsTheTimeByWhatEachQuestionCanTake) {
  // 9600 8N1: a character is 10 bits, 1/960 s; 8 and 7 of them, 3.5 of silence, 50 ms for an answer that
  // breaks off.
  ScanWish wish;
  wish.units = {{1}, {2}};
  const auto passes = serial_passes({k9600None}, wish);
  const double seconds = std::chrono::duration<double>(longest_time(passes, 300ms)).count();
  EXPECT_NEAR(seconds, 4 * (0.300 + 0.050 + 18.5 / 960), 0.001);
  EXPECT_EQ(longest_time(tcp_passes(wish), 1s), 4s);
}

TEST(ScanPlan, ReadsRangesOfUnits) {
  EXPECT_EQ(*parse_units("1-3,7"), (std::vector<UnitId>{{1}, {2}, {3}, {7}}));
  EXPECT_EQ(*parse_units("7,7,0-1"), (std::vector<UnitId>{{0}, {1}, {7}}));
  for (const char* text : {"", "a", "1-", "-1", "3-1", "256", "1,,2", "1-300"})
    EXPECT_FALSE(parse_units(text).ok()) << text;
}

}  // namespace
}  // namespace submeter::tool
