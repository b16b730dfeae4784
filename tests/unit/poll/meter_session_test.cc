// SPDX-License-Identifier: Apache-2.0
#include "poll/meter_session.h"

#include <gtest/gtest.h>

#include <optional>

#include <functional>
#include <string>
#include <vector>

#include "tests/unit/poll/plans.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;
using modbus::Outcome;

constexpr MonoTime kDue{1h};

modbus::ReadAnswer answer(Outcome outcome, std::uint8_t code = 0) {
  modbus::ReadAnswer answer;
  answer.outcome = outcome;
  answer.exception_code = code;
  if (outcome == Outcome::kTimeout) answer.reason = "no response";
  if (outcome == Outcome::kException) answer.reason = "exception " + std::to_string(code);
  if (outcome == Outcome::kBadAnswer) answer.reason = "CRC error";
  if (outcome == Outcome::kBusDown) answer.reason = "unplugged";
  return answer;
}

modbus::ReadAnswer registers(const modbus::ReadRequest& request) {
  auto good = answer(Outcome::kRegisters);
  good.registers = test::addresses_as_values(request).registers;
  return good;
}

/// A session and the meter it talks to, which takes 100 ms for each answer.
class MeterSessionTest : public ::testing::Test {
 protected:
  using MeterAnswers = std::function<modbus::ReadAnswer(const modbus::ReadRequest&)>;

  MeterSessionTest() {
    plan = bus(
        {meter("ups-a", 7, {point("power_kw", 10, 5s), point("pf", 12, 5s), point("frequency_hz", 15, 5s)})});
  }

  MeterSession run(const MeterAnswers& meter_answers, int limit = 20) {
    plans.emplace(plan.meters[0], plan.cost);
    MeterSession session(plan.meters[0], *plans, refusals, plan.retries, {{0, all_points(), kDue}}, now);
    requests.clear();
    while (!session.finished()) {
      EXPECT_LT(requests.size(), static_cast<std::size_t>(limit));
      if (requests.size() >= static_cast<std::size_t>(limit)) break;
      requests.push_back(session.next());
      auto said = meter_answers(requests.back());
      said.sent = now;
      now += 100ms;
      said.received = now;
      session.on_answer(said, now);
    }
    return session;
  }

  std::vector<std::size_t> all_points() const {
    std::vector<std::size_t> points(plan.meters[0].circuits[0].points.size());
    for (std::size_t i = 0; i < points.size(); ++i) points[i] = i;
    return points;
  }

  /// "10+6": address and count of what was asked.
  std::vector<std::string> asked() const {
    std::vector<std::string> texts;
    for (const auto& request : requests) {
      texts.push_back(std::to_string(request.address.value) + "+" + std::to_string(request.count));
    }
    return texts;
  }

  BusPlan plan;
  std::optional<ReadPlans> plans;
  MeterName name{"rs485-1", meter("ups-a", 7, {})};
  Refusals refusals{name};
  std::vector<modbus::ReadRequest> requests;
  MonoTime now = kDue;
};

using Texts = std::vector<std::string>;

TEST_F(MeterSessionTest, ReadsWhatLiesTogetherInOneRequest) {
  const auto session = run(registers);
  EXPECT_EQ(asked(), Texts{"10+6"});
  const auto readings = session.readings();
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].circuit, "ups-a");
  EXPECT_EQ(readings[0].quality, Quality::kGood);
  EXPECT_TRUE(readings[0].flags.empty());
  EXPECT_EQ(readings[0].values,
            (std::vector<PointValue>{{"power_kw", 10}, {"pf", 12}, {"frequency_hz", 15}}));
  EXPECT_EQ(readings[0].instant, kDue + 50ms);
  EXPECT_EQ(readings[0].span, 100ms);
}

TEST_F(MeterSessionTest, StampsEachCircuitWithTheMidpointOfItsOwnRequests) {
  plan.meters[0].circuits.push_back({"pump", {point("power_kw", 100, 5s)}});
  plans.emplace(plan.meters[0], plan.cost);
  MeterSession session(plan.meters[0], *plans, refusals, plan.retries, {{0, {0}, kDue}, {1, {0}, kDue}}, now);
  for (const auto begin : {0ms, 200ms}) {
    auto said = registers(session.next());
    said.sent = kDue + begin;
    said.received = kDue + begin + 80ms;
    session.on_answer(said, said.received);
  }
  const auto readings = session.readings();
  EXPECT_EQ(readings[0].instant, kDue + 40ms);
  EXPECT_EQ(readings[1].instant, kDue + 240ms);
  EXPECT_EQ(readings[1].span, 80ms);
}

TEST_F(MeterSessionTest, GivesUpAMeterThatAnswersNothingAfterAllTries) {
  plan.meters[0].circuits[0].points.push_back(point("voltage_l1n_v", 200, 5s));
  const auto session = run([](const auto&) { return answer(Outcome::kTimeout); });
  EXPECT_EQ(asked(), (Texts{"10+6", "10+6"}));
  EXPECT_TRUE(session.silent());
  const auto readings = session.readings();
  EXPECT_EQ(readings[0].quality, Quality::kBad);
  EXPECT_EQ(readings[0].flags.to_string(), "comm_timeout");
  EXPECT_EQ(readings[0].error, "no response, 2 tries");
  EXPECT_EQ(readings[0].instant, kDue);
  EXPECT_TRUE(readings[0].values.empty());
}

TEST_F(MeterSessionTest, RetriesAndForgetsTheFailureWhenTheRetryAnswers) {
  int tries = 0;
  const auto session = run(
      [&](const auto& request) { return ++tries == 1 ? answer(Outcome::kBadAnswer) : registers(request); });
  EXPECT_EQ(requests.size(), 2U);
  EXPECT_EQ(session.readings()[0].quality, Quality::kGood);
}

TEST_F(MeterSessionTest, KeepsWhatWasReadWhenTheMeterFallsQuietHalfWay) {
  auto& points = plan.meters[0].circuits[0].points;
  points = {point("power_kw", 10, 5s), point("pf", 100, 5s), point("frequency_hz", 200, 5s)};
  const auto session = run([](const auto& request) {
    return request.address.value == 10 ? registers(request) : answer(Outcome::kTimeout);
  });
  EXPECT_EQ(asked(), (Texts{"10+1", "100+1", "100+1", "200+1"}));  // the last one gets no retry
  EXPECT_FALSE(session.silent());
  const auto reading = session.readings()[0];
  EXPECT_EQ(reading.quality, Quality::kQuestionable);
  EXPECT_EQ(reading.flags.to_string(), "comm_timeout partial");
  EXPECT_EQ(reading.values, (std::vector<PointValue>{{"power_kw", 10}}));
  EXPECT_EQ(reading.error, "pf: no response, 2 tries; frequency_hz: no response");
}

TEST_F(MeterSessionTest, ReadsAroundAHoleThatTheMeterRefusesAndRemembersIt) {
  const auto refuses_holes = [](const modbus::ReadRequest& request) {
    const bool covers_hole = request.address.value <= 13 && request.address.value + request.count > 13;
    return covers_hole ? answer(Outcome::kException, 2) : registers(request);
  };
  EXPECT_EQ(run(refuses_holes).readings()[0].quality, Quality::kGood);
  EXPECT_EQ(asked(), (Texts{"10+6", "10+1", "12+1", "15+1"}));
  EXPECT_FALSE(refusals.holes_allowed());
  EXPECT_EQ(run(refuses_holes).readings()[0].quality, Quality::kGood);
  EXPECT_EQ(asked(), (Texts{"10+1", "12+1", "15+1"}));
}

TEST_F(MeterSessionTest, IsolatesAnIllegalRegisterAndKeepsTheOthers) {
  plan.meters[0].circuits[0].points = {point("power_kw", 10, 5s), point("pf", 11, 5s),
                                       point("frequency_hz", 12, 5s)};
  const auto refuses_pf = [](const modbus::ReadRequest& request) {
    const bool covers = request.address.value <= 11 && request.address.value + request.count > 11;
    return covers ? answer(Outcome::kException, 2) : registers(request);
  };
  const auto reading = run(refuses_pf).readings()[0];
  EXPECT_EQ(asked(), (Texts{"10+3", "10+1", "11+1", "12+1"}));
  EXPECT_EQ(reading.quality, Quality::kQuestionable);
  EXPECT_EQ(reading.flags.to_string(), "exception partial");
  EXPECT_EQ(reading.error, "pf: exception 2");
  EXPECT_EQ(reading.values, (std::vector<PointValue>{{"power_kw", 10}, {"frequency_hz", 12}}));

  // From now on it is left out, not read along as a hole either, and still said in every reading.
  EXPECT_EQ(run(refuses_pf).readings()[0].error, "pf: exception 2");
  EXPECT_EQ(asked(), (Texts{"10+1", "12+1"}));
  EXPECT_TRUE(refusals.holes_allowed());
}

TEST_F(MeterSessionTest, AsksForARefusedRegisterAgainAfterAnHourOrWhenTheMeterCameBack) {
  plan.meters[0].circuits[0].points = {point("pf", 11, 5s)};
  const auto refuses = [](const auto&) { return answer(Outcome::kException, 2); };
  EXPECT_EQ(run(refuses).readings()[0].quality, Quality::kBad);
  run(registers);
  EXPECT_TRUE(requests.empty());
  now = kDue + 1h + 100ms;
  EXPECT_EQ(run(registers).readings()[0].quality, Quality::kGood);

  run(refuses);
  refusals.forget();
  EXPECT_EQ(run(registers).readings()[0].quality, Quality::kGood);
}

TEST_F(MeterSessionTest, ForgivesADeviceFailureAfterAMinute) {
  plan.meters[0].circuits[0].points = {point("pf", 11, 5s)};
  run([](const auto&) { return answer(Outcome::kException, 4); });
  now = kDue + 59s;
  run(registers);
  EXPECT_TRUE(requests.empty());
  now = kDue + 1min + 100ms;
  EXPECT_EQ(run(registers).readings()[0].quality, Quality::kGood);
}

TEST_F(MeterSessionTest, AsksForOverlappingPointsOneByOneAndEnds) {
  auto wide = point("x_wide", 10, 5s);
  wide.point.point.type = meters::Type::kUint32;
  plan.meters[0].circuits[0].points = {wide, point("x_narrow", 10, 5s)};
  const auto refuses_wide = [](const modbus::ReadRequest& request) {
    return request.count == 2 ? answer(Outcome::kException, 2) : registers(request);
  };
  const auto reading = run(refuses_wide).readings()[0];
  EXPECT_EQ(asked(), (Texts{"10+2", "10+1"}));
  EXPECT_EQ(reading.values, (std::vector<PointValue>{{"x_narrow", 10}}));
}

TEST_F(MeterSessionTest, RetriesABusyMeterAndThenMissesThisCycleOnly) {
  const auto busy = [](const auto&) { return answer(Outcome::kException, 6); };
  const auto session = run(busy);
  EXPECT_EQ(requests.size(), 2U);
  EXPECT_FALSE(session.silent());
  EXPECT_EQ(session.readings()[0].error, "exception 6, 2 tries");
  EXPECT_EQ(run(registers).readings()[0].quality, Quality::kGood);
}

TEST_F(MeterSessionTest, TakesAGatewaysWordThatTheMeterIsSilent) {
  const auto session = run([](const auto&) { return answer(Outcome::kException, 0x0B); });
  EXPECT_EQ(requests.size(), 2U);
  EXPECT_TRUE(session.silent());
  EXPECT_EQ(session.readings()[0].flags.to_string(), "comm_timeout");
  EXPECT_EQ(session.readings()[0].error, "exception 11, 2 tries");
}

TEST_F(MeterSessionTest, IsNotSilentWhenItsAnswersAreDamaged) {
  const auto session = run([](const auto&) { return answer(Outcome::kBadAnswer); });
  EXPECT_FALSE(session.silent());
  EXPECT_EQ(session.readings()[0].flags.to_string(), "crc");
  EXPECT_EQ(session.readings()[0].error, "CRC error, 2 tries");
}

TEST_F(MeterSessionTest, EndsAtOnceWhenTheBusGoesDown) {
  const auto session = run([](const auto&) { return answer(Outcome::kBusDown); });
  EXPECT_EQ(requests.size(), 1U);
  EXPECT_FALSE(session.silent());
  EXPECT_EQ(session.readings()[0].error, "unplugged");
  EXPECT_EQ(session.readings()[0].flags.to_string(), "comm_timeout");
}

TEST_F(MeterSessionTest, LeavesOutAValueThatTheMeterMarksInvalid) {
  plan.meters[0].circuits[0].points[1].point.point.invalid = {12};
  const auto reading = run(registers).readings()[0];
  EXPECT_EQ(reading.quality, Quality::kQuestionable);
  EXPECT_EQ(reading.flags.to_string(), "partial");
  EXPECT_EQ(reading.error, "pf: the meter has no value");
}

TEST_F(MeterSessionTest, SaysWhyAReadingWithoutAnyValueIsBad) {
  plan.meters[0].circuits[0].points = {point("pf", 12, 5s)};
  plan.meters[0].circuits[0].points[0].point.point.invalid = {12};
  const auto reading = run(registers).readings()[0];
  EXPECT_EQ(reading.quality, Quality::kBad);
  EXPECT_EQ(reading.flags.to_string(), "partial");
  EXPECT_EQ(reading.error, "the meter has no value");
}

TEST_F(MeterSessionTest, GivesAnUnsignedPowerFactorTheSignOfThePowerReadWithIt) {
  auto& points = plan.meters[0].circuits[0].points;
  points[0].point.point.type = meters::Type::kInt16;
  points[1].point.point.encoding = meters::PfEncoding::kUnsigned;
  points[1].point.quantity = meters::Quantity::kPowerFactor;
  points[1].point.factor = Decimal(1, -2);
  const auto reading = run([](const modbus::ReadRequest& request) {
                         auto said = registers(request);
                         said.registers[0] = 0xFFFF;
                         said.registers[2] = 97;
                         return said;
                       }).readings()[0];
  EXPECT_EQ(reading.values[0].value, Decimal(-1));
  EXPECT_EQ(reading.values[1].value, Decimal(-97, -2));
}

TEST_F(MeterSessionTest, AsksNothingForAMeterWhosePointsAreAllRefused) {
  plan.meters[0].circuits[0].points = {point("pf", 11, 5s)};
  refusals.refuse({meters::Table::kInput, {11}, 1}, "pf", "exception 2", 1h, now);
  const auto session = run(registers);
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(session.readings()[0].error, "exception 2");
  EXPECT_EQ(session.readings()[0].flags.to_string(), "exception");
}

}  // namespace
}  // namespace submeter::poll
