// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "tests/unit/poll/bus_poller_fixture.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPower = 1;
constexpr std::uint16_t kPrimary = 50;
constexpr std::uint16_t kSecondary = 60;

meters::MapPoint holding(std::uint16_t address) {
  meters::MapPoint reg;
  reg.table = meters::Table::kHolding;
  reg.address = {address};
  reg.type = meters::Type::kUint16;
  return reg;
}

TransformerRatio ratio(int primary, AppliedBy applied_by) {
  return {.primary = Decimal(primary), .secondary = Decimal(5), .applied_by = applied_by};
}

/// A meter that is read every 10 s and says in registers 50 and 60 what it was programmed for.
class ProgrammedCtTest : public BusPollerTest {
 protected:
  void start_meter(std::optional<TransformerRatio> ct) {
    MeterPlan plan = one_point("ups-a", 7, 10s);
    plan.circuits[0].points[0].point.point.address = {kPower};
    plan.ct = ct;
    plan.ct_check =
        meters::CtCheck{.reg = holding(kPrimary), .gives = gives, .secondary = holding(kSecondary)};
    master.answer_with([this](const modbus::ReadRequest& request) {
      if (const auto found = instead.find(request.address.value); found != instead.end())
        return found->second;
      return test::FakeReply{.registers = {registers.at(request.address.value)}};
    });
    start_with({plan});
  }

  std::size_t asked_for(std::uint16_t address) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        master.asked(), [&](const auto& asked) { return asked.request.address.value == address; }));
  }
  bool last_is_flagged() const { return out.readings.back().flags.has(QualityFlag::kCtSuspect); }
  MeterHealth health() const { return poller->health().meters.at(0); }

  meters::CtCheck::Gives gives = meters::CtCheck::Gives::kPrimary;
  std::map<std::uint16_t, std::uint16_t> registers{{kPower, 12}, {kPrimary, 400}, {kSecondary, 5}};
  std::map<std::uint16_t, test::FakeReply> instead;
};

TEST_F(ProgrammedCtTest, IsAskedForOnceTheMeterAnswersAndOnceAnHour) {
  start_meter(ratio(400, AppliedBy::kMeter));
  loop.advance(15s);  // the first reading is at 10 s
  ASSERT_EQ(master.asked().size(), 3U);
  EXPECT_EQ(master.asked()[0].request.address, RegisterAddress{kPower});
  EXPECT_EQ(master.asked()[1].request,
            (modbus::ReadRequest{{7}, modbus::Function::kReadHoldingRegisters, {kPrimary}, 1}));
  EXPECT_EQ(master.asked()[2].request.address, RegisterAddress{kSecondary});
  loop.advance(50min);
  EXPECT_EQ(asked_for(kPrimary), 1U);
  loop.advance(2h);
  EXPECT_EQ(asked_for(kPrimary), 3U);
  EXPECT_EQ(asked_for(kSecondary), 3U);
  EXPECT_EQ(health().ct_programmed, "400:5");
  EXPECT_TRUE(out.events.empty());
  EXPECT_FALSE(last_is_flagged());
}

TEST_F(ProgrammedCtTest, ThatContradictsTheConfigurationFlagsTheRecordsUntilTheyAgree) {
  start_meter(ratio(200, AppliedBy::kMeter));
  loop.advance(25s);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].name, "ct_suspect");
  EXPECT_EQ(out.events[0].text, "meter is programmed 400:5, config says 200:5");
  EXPECT_EQ(out.events[0].fields,
            (std::vector<EventField>{{"meter", R"("ups-a")"}, {"suspect", R"("ct_programmed")"}}));
  EXPECT_FALSE(out.readings.front().flags.has(QualityFlag::kCtSuspect));  // was read before
  EXPECT_TRUE(last_is_flagged());
  EXPECT_EQ(out.readings.back().quality, Quality::kQuestionable);
  EXPECT_EQ(health().ct_suspicions, std::vector<std::string>{out.events[0].text});
  registers[kPrimary] = 200;
  loop.advance(6min);
  ASSERT_EQ(out.events.size(), 2U);
  EXPECT_EQ(out.events[1].name, "ct_cleared");
  EXPECT_EQ(out.events[1].text, "meter is programmed 200:5, which agrees with the configuration");
  EXPECT_FALSE(last_is_flagged());
  EXPECT_EQ(poller->meter_counts().ct_suspect, 0U);
}

TEST_F(ProgrammedCtTest, ThatIsChangedWhileTheMeterRunsIsFoundWithinAnHour) {
  start_meter(ratio(400, AppliedBy::kMeter));
  loop.advance(30min);
  registers[kPrimary] = 100;
  loop.advance(31min);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].text, "meter is programmed 100:5, config says 400:5");
  EXPECT_TRUE(last_is_flagged());
  EXPECT_EQ(poller->meter_counts().ct_suspect, 1U);
}

TEST_F(ProgrammedCtTest, BesideAGatewayThatMultipliesIsARatioAppliedTwice) {
  start_meter(ratio(400, AppliedBy::kGateway));
  loop.advance(15s);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].text,
            "CT applied twice: meter is programmed 400:5, and the gateway multiplies by 400:5");
  EXPECT_EQ(out.events[0].fields[1], (EventField{"suspect", R"("ct_twice")"}));
  registers[kPrimary] = 5;
  loop.advance(6min);
  EXPECT_EQ(out.events.size(), 2U);
  EXPECT_FALSE(last_is_flagged());
}

TEST_F(ProgrammedCtTest, OfOneToOneLeavesTheRatioToTheGateway) {
  gives = meters::CtCheck::Gives::kRatio;
  registers[kPrimary] = 1;
  start_meter(ratio(400, AppliedBy::kGateway));
  loop.advance(1min);
  EXPECT_TRUE(out.events.empty());
  registers[kPrimary] = 80;
  loop.advance(1h);
  EXPECT_EQ(out.events.size(), 1U);
}

TEST_F(ProgrammedCtTest, WithoutOneInTheConfigurationIsOnlyShown) {
  start_meter(std::nullopt);
  loop.advance(1min);
  EXPECT_EQ(health().ct_programmed, "400:5");
  EXPECT_TRUE(out.events.empty());
  EXPECT_FALSE(last_is_flagged());
}

TEST_F(ProgrammedCtTest, ThatIsRefusedIsNotAskedForAgainUntilTheMeterWasAway) {
  instead[kPrimary] = test::refusal(0x02);
  start_meter(ratio(400, AppliedBy::kMeter));
  loop.advance(6h);
  EXPECT_EQ(asked_for(kPrimary), 1U);
  EXPECT_EQ(health().ct_programmed, "");
  instead[kPower] = test::silence();
  loop.advance(1min);
  instead.clear();
  loop.advance(2min);
  EXPECT_EQ(asked_for(kPrimary), 2U);
  EXPECT_EQ(health().ct_programmed, "400:5");
}

TEST_F(ProgrammedCtTest, OfWhichTheSecondaryIsRefusedIsComparedByThePrimary) {
  instead[kSecondary] = test::refusal(0x02);
  start_meter(ratio(200, AppliedBy::kMeter));
  loop.advance(1min);
  EXPECT_EQ(health().ct_programmed, "400 A");
  EXPECT_EQ(out.events.size(), 1U);
}

TEST_F(ProgrammedCtTest, WithoutAnAnswerIsAskedForAgainAndDoesNotMakeTheMeterSilent) {
  instead[kPrimary] = test::silence();
  start_meter(ratio(400, AppliedBy::kMeter));
  loop.advance(11min);
  EXPECT_EQ(asked_for(kPrimary), 3U);
  EXPECT_EQ(health().state, MeterState::kAlive);
  for (const Reading& reading : out.readings) EXPECT_EQ(reading.quality, Quality::kGood);
}

TEST_F(ProgrammedCtTest, IsAskedForAgainWhenTheLineWasDown) {
  start_meter(ratio(400, AppliedBy::kMeter));
  loop.advance(5min);
  master.drop_line();
  loop.advance(1min);
  registers[kPrimary] = 100;
  master.raise_line();
  loop.advance(1min);
  EXPECT_EQ(asked_for(kPrimary), 2U);
  EXPECT_EQ(out.events.size(), 1U);
}

TEST_F(ProgrammedCtTest, WaitsWhileAnythingIsDue) {
  MeterPlan asked = one_point("ups-a", 7, 1min);
  asked.ct_check = meters::CtCheck{.reg = holding(kPrimary), .secondary = {}};
  std::vector<MeterPlan> meters{asked};
  for (std::uint8_t unit = 10; unit < 40; ++unit)
    meters.push_back(one_point("m" + std::to_string(unit), unit, 1min));
  start_with(meters);
  loop.advance(70s);
  ASSERT_EQ(master.asked().size(), 32U);  // each meter once, then the check
  EXPECT_EQ(master.asked().back().request.address, RegisterAddress{kPrimary});
}

TEST_F(ProgrammedCtTest, IsNotAskedForBesideAReadingOfTheSameMeter) {
  test::FakeMaster wide(loop, 4);
  MeterPlan plan = one_point("ups-a", 7, 1s);
  plan.ct_check = meters::CtCheck{.reg = holding(kPrimary), .secondary = {}};
  std::size_t most = 0;
  wide.answer_with([&](const modbus::ReadRequest& request) {
    most = std::max(most, wide.in_flight());
    auto reply = test::addresses_as_values(request);
    reply.delay = 1500ms;
    return reply;
  });
  BusPoller busy(loop, clock, wide, random, bus({plan}), out);
  busy.start();
  loop.advance(1min);
  EXPECT_LE(most, 1U);
  EXPECT_GT(wide.asked().size(), 20U);
}

}  // namespace
}  // namespace submeter::poll
