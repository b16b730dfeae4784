// SPDX-License-Identifier: Apache-2.0
#include "simulate/replay_load.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LoadReplay : public testing::Test {
 protected:
  fs::path write(const std::string& text) const {
    std::ofstream(path_) << text;
    return path_;
  }
  std::string error_of(const std::string& text) const {
    const auto table = load_replay(write(text));
    return table.ok() ? "" : table.error().message;
  }
  void TearDown() override { fs::remove(path_); }

  fs::path path_ =
      fs::path(testing::TempDir()) /
      (std::string("replay-") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
};

TEST_F(LoadReplay, ReadsRowsAndTheirDuration) {
  const auto table =
      load_replay(write("start_unix_s,import_kwh,export_kwh\n"
                        "1386576000,0.0295,0.0000\r\n1386576060,0.0290,0.0101\n1386999960,1,0\n"));
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ(table->rows.size(), 3U);
  EXPECT_EQ(table->row_duration, 60s);  // the hole is not a long row
  EXPECT_EQ(table->rows[1].import_kwh, Decimal(290, -4));
  EXPECT_EQ(table->rows[1].export_kwh, Decimal(101, -4));
}

TEST_F(LoadReplay, NamesTheLineThatIsWrong) {
  const std::string header = "start_unix_s,import_kwh,export_kwh\n";
  EXPECT_NE(error_of("time,import,export\n").find(":1: expected the header"), std::string::npos);
  EXPECT_NE(error_of(header).find(":2: expected at least one row"), std::string::npos);
  for (const char* row : {"60", "60,1", "x,1,1", "60,one,1", "60,1,", "60,-1,0", "60,1,0,5", "60 ,1,0", ""}) {
    EXPECT_NE(error_of(header + "0,1,1\n" + row + "\n").find(":3: expected a time"), std::string::npos)
        << row;
  }
  EXPECT_NE(error_of(header + "60,1,1\n60,1,1\n").find(":3: expected a time later"), std::string::npos);
}

TEST_F(LoadReplay, SaysWhichFileIsMissing) {
  EXPECT_EQ(load_replay("/nonexistent/house.csv").error().message, "cannot read /nonexistent/house.csv");
}

ReplayTable three_minutes() {
  return {
      .row_duration = 60s,
      .rows = {{Decimal(300, -4), Decimal{}}, {Decimal{}, Decimal(151, -4)}, {Decimal(1, -4), Decimal{}}}};
}

TEST(ReplayLoad, AddsARowWhenItHasEnded) {
  ReplayLoad load(three_minutes(), 1'000ms, 3);
  EXPECT_EQ(load.at(0s).energy.import_kwh, Decimal{0});
  EXPECT_EQ(load.at(999ms).energy.import_kwh, Decimal{0});
  EXPECT_EQ(load.at(1s).energy.import_kwh, Decimal(300, -4));
  EXPECT_EQ(load.at(2s).energy.export_kwh, Decimal(151, -4));
  EXPECT_EQ(load.at(1h).energy.import_kwh, Decimal(301, -4));
}

TEST(ReplayLoad, ShowsTheAveragePowerOfTheRowThatIsPlayed) {
  ReplayLoad load(three_minutes(), 1'000ms, 3);
  // 0.03 kWh in a minute are 1.8 kW, whatever the step; split over three phases.
  EXPECT_EQ(load.at(0s).supply.power_mw(), 1'800'000);
  EXPECT_EQ(load.at(1s).supply.power_mw(), -906'000);
  EXPECT_EQ(load.at(2s).supply.power_mw(), 6'000);
  EXPECT_EQ(load.at(3s).supply.power_mw(), 0);
}

TEST(ReplayLoad, BeginsWithTheFirstQuestion) {
  ReplayLoad load(three_minutes(), 1'000ms, 1);
  EXPECT_EQ(load.at(1h).energy.import_kwh, Decimal{0});
  EXPECT_EQ(load.at(1h + 1s).energy.import_kwh, Decimal(300, -4));
}

// NIST's net-zero house; the totals are those of the data set's own description.
TEST(ReplayLoad, SumsThreeWeeksOfAHouseExactly) {
  const fs::path csv = fs::path(SUBMETER_SOURCE_DIR) / "../shared/data/nist_net_zero_house_1min.csv";
  if (!fs::exists(csv)) GTEST_SKIP() << csv << " is not there";
  auto table = load_replay(csv);
  ASSERT_TRUE(table.ok()) << table.error().message;
  ASSERT_EQ(table->rows.size(), 30'240U);
  ReplayLoad load(std::move(*table), 1'000ms, 3);
  load.at(0s);
  constexpr std::array kWeeks = {std::array{3'313'704, 97'798}, std::array{2'022'036, 752'173},
                                 std::array{2'180'801, 1'318'467}};
  std::int64_t import_total = 0;
  std::int64_t export_total = 0;
  for (std::size_t week = 0; week < kWeeks.size(); ++week) {
    const LoadState state = load.at(std::chrono::seconds{10'080 * (week + 1)});
    import_total += kWeeks.at(week).at(0);
    export_total += kWeeks.at(week).at(1);
    EXPECT_EQ(state.energy.import_kwh, Decimal(import_total, -4)) << "week " << week + 1;
    EXPECT_EQ(state.energy.export_kwh, Decimal(export_total, -4)) << "week " << week + 1;
  }
}

}  // namespace
}  // namespace submeter::simulate
