// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "tests/unit/poll/bus_poller_fixture.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kVolts = 230;
constexpr std::uint16_t kAmperes = 100;

/// A meter with voltage, current and power in registers 1 to 3 whose power is `watts`, hundredfold.
class CtSupervisionTest : public BusPollerTest {
 protected:
  void start_meter() {
    auto plan =
        meter("ups-a", 7,
              {point("voltage_l1n_v", 1, 10s), point("current_l1_a", 2, 10s), point("power_kw", 3, 10s)});
    plan.phases = 1;
    plan.ct = TransformerRatio{Decimal(200), Decimal(5), AppliedBy::kGateway};
    master.answer_with([this](const modbus::ReadRequest& request) {
      if (silent) return test::silence();
      test::FakeReply reply;
      for (int i = 0; i < request.count; ++i) {
        reply.registers.push_back(std::array<std::uint16_t, 4>{0, kVolts, kAmperes, kilowatts}.at(
            static_cast<std::size_t>(request.address.value + i)));
      }
      return reply;
    });
    start_with({plan});
  }

  std::size_t flagged() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        out.readings, [](const Reading& reading) { return reading.flags.has(QualityFlag::kCtSuspect); }));
  }

  std::uint16_t kilowatts = 22;  // 230 V × 100 A make 23 kVA
  bool silent = false;
};

TEST_F(CtSupervisionTest, FlagsTheRecordsOfACircuitWhosePowerCannotBeAndTellsOnce) {
  kilowatts = 22 * 40;
  start_meter();
  loop.advance(30min);
  ASSERT_EQ(out.events.size(), 1U);
  const Event& event = out.events[0];
  EXPECT_EQ(event.name, "ct_suspect");
  EXPECT_EQ(
      event.text,
      "circuit ups-a: power is 880 kW where voltage, current and power factor make 23 kW; suspect: the CT "
      "ratio 40:1 is applied twice to power, or not applied to current");
  const std::vector<EventField> fields{
      {"meter", R"("ups-a")"}, {"suspect", R"("ct_twice")"}, {"circuit", R"("ups-a")"}};
  EXPECT_EQ(event.fields, fields);
  for (const Reading& reading : out.readings) {
    const bool after = reading.instant >= event.instant;
    EXPECT_EQ(reading.flags.has(QualityFlag::kCtSuspect), after);
    EXPECT_EQ(reading.quality, after ? Quality::kQuestionable : Quality::kGood);
    EXPECT_EQ(reading.values.size(), 3U);  // delivered all the same
  }
  EXPECT_GT(flagged(), 100U);
}

TEST_F(CtSupervisionTest, TellsWhenTheValuesAgreeAgainAndFlagsNoMore) {
  kilowatts = 22 * 40;
  start_meter();
  loop.advance(20min);
  kilowatts = 22;
  loop.advance(20min);
  ASSERT_EQ(out.events.size(), 2U);
  EXPECT_EQ(out.events[1].name, "ct_cleared");
  EXPECT_EQ(out.events[1].text, "circuit ups-a: power is again what voltage, current and power factor make");
  EXPECT_FALSE(out.readings.back().flags.has(QualityFlag::kCtSuspect));
  EXPECT_EQ(out.readings.back().quality, Quality::kGood);
}

TEST_F(CtSupervisionTest, ShowsWhatItSuspectsInTheHealthOfTheMeter) {
  start_meter();
  loop.advance(20min);
  EXPECT_TRUE(poller->health().meters[0].ct_suspicions.empty());
  kilowatts = 22 * 40;
  loop.advance(20min);
  const auto suspicions = poller->health().meters[0].ct_suspicions;
  ASSERT_EQ(suspicions.size(), 1U);
  EXPECT_TRUE(suspicions[0].starts_with("ups-a: power is 880 kW")) << suspicions[0];
}

TEST_F(CtSupervisionTest, DoesNotFlagTheBadReadingsOfAMeterThatIsSilent) {
  kilowatts = 22 * 40;
  start_meter();
  loop.advance(20min);
  silent = true;
  loop.advance(20min);
  EXPECT_EQ(out.readings.back().quality, Quality::kBad);
  EXPECT_FALSE(out.readings.back().flags.has(QualityFlag::kCtSuspect));
  EXPECT_EQ(out.events.size(), 1U);
}

}  // namespace
}  // namespace submeter::poll
