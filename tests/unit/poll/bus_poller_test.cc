// SPDX-License-Identifier: Apache-2.0
#include "poll/bus_poller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/poll/bus_poller_fixture.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;
using modbus::Outcome;
using test::addresses_as_values;
using test::FakeMaster;
using test::FakeReply;
using test::refusal;
using test::silence;

using Instants = std::vector<Duration>;

TEST_F(BusPollerTest, ReadsAtMultiplesOfTheIntervalOnTheWallClock) {
  loop.advance(3250ms);
  start_with({one_point("a", 1, 5s), one_point("b", 2, 20s)});
  loop.advance(22s);
  EXPECT_EQ(asked_of(1), (Instants{5s, 10s, 15s, 20s, 25s}));
  EXPECT_EQ(asked_of(2), Instants{20s + 20ms});
  ASSERT_EQ(out.of("a").size(), 5U);
  EXPECT_EQ(at(out.of("a")[0].instant), 5s + 10ms);
}

TEST_F(BusPollerTest, KeepsTheWallClocksBeatForDays) {
  start_with({one_point("a", 1, 60s)});
  loop.advance(48h);
  const auto asked = asked_of(1);
  ASSERT_EQ(asked.size(), 48U * 60U);
  for (std::size_t i = 0; i < asked.size(); ++i) ASSERT_EQ(asked[i], 60s * static_cast<int>(i + 1));
  EXPECT_EQ(poller->health().cycles_skipped, 0U);
}

TEST_F(BusPollerTest, ReadsTheMostUrgentDueMeterFirst) {
  start_with({one_point("slow", 1, 60s), one_point("fast", 2, 5s), one_point("medium", 3, 10s)});
  loop.advance(61s);
  std::vector<int> order;
  for (const auto& asked : master.asked()) {
    if (at(asked.at) >= 60s) order.push_back(asked.request.unit.value);
  }
  EXPECT_EQ(order, (std::vector<int>{2, 3, 1}));
}

TEST_F(BusPollerTest, SharesRequestsBetweenTheIntervalsOfACircuit) {
  start_with({meter("a", 1, {point("power_kw", 10, 5s), point("energy_import_kwh", 11, 10s)})});
  loop.advance(11s);
  ASSERT_EQ(master.asked().size(), 2U);
  EXPECT_EQ(master.asked()[0].request.count, 1);
  EXPECT_EQ(master.asked()[1].request.count, 2);
  ASSERT_EQ(out.readings.size(), 2U);
  EXPECT_EQ(out.readings[0].values.size(), 1U);
  EXPECT_EQ(out.readings[1].values.size(), 2U);
}

TEST_F(BusPollerTest, SkipsAndCountsCyclesThatTheBusCannotCarry) {
  master.answer_with([](const modbus::ReadRequest& request) {
    auto reply = addresses_as_values(request);
    reply.delay = 2500ms;
    return reply;
  });
  start_with({one_point("a", 1, 1s)});
  loop.advance(61s);
  // Busy from 1 s on: 24 reads of 2.5 s in a minute, each begun late instead of being queued up.
  EXPECT_EQ(asked_of(1).size(), 25U);
  EXPECT_EQ(poller->health().cycles_skipped + asked_of(1).size(), 61U);
  EXPECT_GT(poller->health().load, 0.95);
}

TEST_F(BusPollerTest, ADeadMeterCostsABoundedShareAndTheOthersKeepTheirIntervals) {
  make_silent({9});
  start_with({one_point("dead", 9, 5s), one_point("a", 1, 5s), one_point("b", 2, 5s)});
  loop.advance(1h + 4s);
  EXPECT_EQ(out.of("a").size(), 720U);
  EXPECT_EQ(out.of("b").size(), 720U);
  for (const auto& reading : out.of("a")) ASSERT_EQ(reading.quality, Quality::kGood);
  EXPECT_EQ(poller->health().cycles_skipped, 0U);
  const auto asked = asked_of(9);
  const auto cost = static_cast<int>(asked.size()) * 500ms;
  EXPECT_LE(cost, Duration(1h + 4s) / 20 + 1s);
  EXPECT_GE(asked.size(), 60U);
  EXPECT_EQ(poller->health().meters[0].state, MeterState::kSilent);
}

TEST_F(BusPollerTest, AMeterWhoseLateAnswerMayStillComeWaitsAloneAndIsAskedWhenItCannotAnyMore) {
  master.answer_with([this](const modbus::ReadRequest& request) {
    if (request.unit.value != 9) return addresses_as_values(request);
    master.quarantine(request.unit, loop.now() + 500ms + 1s);
    return silence();
  });
  start_with({one_point("late", 9, 60s), one_point("a", 1, 250ms)});
  loop.advance(62s);
  EXPECT_EQ(asked_of(9), (Instants{60s + 20ms, 60s + 20ms + 500ms + 1s}));
  // Between the tries of the other the meter keeps its interval.
  const auto others = asked_of(1);
  for (const Duration due : Instants{60s + 750ms, 61s, 61s + 250ms, 61s + 500ms}) {
    EXPECT_NE(std::find(others.begin(), others.end(), due), others.end()) << due.count();
  }
}

TEST_F(BusPollerTest, ManyDeadMetersShareTheSameTwentiethOfTheBus) {
  std::vector<MeterPlan> meters{one_point("a", 100, 5s)};
  std::set<int> dead;
  for (std::uint8_t unit = 1; unit <= 30; ++unit) {
    meters.push_back(one_point("dead-" + std::to_string(unit), unit, 60s));
    dead.insert(unit);
  }
  make_silent(dead);
  start_with(std::move(meters));
  loop.advance(5min);
  master.forget_asked();
  loop.advance(1h);
  std::set<int> probed;
  for (const auto& asked : master.asked()) probed.insert(asked.request.unit.value);
  EXPECT_EQ(probed.size(), 31U);
  const auto probes = master.asked().size() - asked_of(100).size();
  EXPECT_EQ(asked_of(100).size(), 720U);
  EXPECT_LE(static_cast<int>(probes) * 500ms, Duration(1h) / 20 + 500ms);
}

TEST_F(BusPollerTest, ASilentMeterMakesOneBadReadingAtOnceThenOneAMinute) {
  make_silent({9});
  start_with({one_point("ahu-3", 9, 5s)});
  loop.advance(5s + 1s);
  ASSERT_EQ(out.readings.size(), 1U);
  EXPECT_EQ(out.readings[0].quality, Quality::kBad);
  EXPECT_EQ(out.readings[0].flags.to_string(), "comm_timeout");
  EXPECT_EQ(out.readings[0].error, "scripted failure, 2 tries");
  EXPECT_EQ(at(out.readings[0].instant), 5s);
  loop.advance(10min);
  ASSERT_EQ(out.readings.size(), 11U);
  for (int i = 0; i < 11; ++i) {
    EXPECT_EQ(at(out.readings[static_cast<std::size_t>(i)].instant), 5s + i * 60s);
  }
}

TEST_F(BusPollerTest, ProbesWithBackOffFromTwoSecondsToAMinute) {
  random = test::FixedRandom({~std::uint64_t{0} / 2});  // some jitter, the same each time
  make_silent({9});
  start_with({one_point("ahu-3", 9, 5s)});
  loop.advance(1h);
  const auto asked = asked_of(9);
  ASSERT_GT(asked.size(), 10U);
  EXPECT_EQ(asked[0], 5s);
  EXPECT_EQ(asked[1], 5s + 500ms);
  EXPECT_EQ(asked[2], 6s + 2s);
  for (std::size_t i = 3; i < asked.size(); ++i) {
    EXPECT_GE(asked[i] - asked[i - 1], 10s);  // a probe of 500 ms, then nineteen times as long without one
    EXPECT_LE(asked[i] - asked[i - 1], 60s + 500ms);
  }
}

TEST_F(BusPollerTest, AMeterThatAnswersAgainIsReadAtItsNextDueTime) {
  make_silent({9});
  start_with({one_point("ahu-3", 9, 60s)});
  loop.advance(62s);
  EXPECT_EQ(poller->health().meters[0].state, MeterState::kSilent);
  make_silent({});
  loop.advance(28s);
  EXPECT_EQ(poller->health().meters[0].state, MeterState::kAlive);
  EXPECT_EQ(out.readings.size(), 1U);
  loop.advance(31s);
  ASSERT_EQ(out.readings.size(), 2U);
  EXPECT_EQ(out.readings[1].quality, Quality::kGood);
  EXPECT_EQ(at(out.readings[1].instant), 120s + 10ms);
}

TEST_F(BusPollerTest, AMeterThatFailsAgainAfterAValueSaysSoAtOnceAgain) {
  start_with({one_point("a", 1, 5s)});
  for (const bool dead : {true, false, true}) {
    make_silent(dead ? std::set<int>{1} : std::set<int>{});
    loop.advance(15s);
  }
  std::vector<Quality> qualities;
  for (const auto& reading : out.readings) qualities.push_back(reading.quality);
  EXPECT_EQ(std::ranges::count(qualities, Quality::kBad), 2);
  EXPECT_EQ(qualities.front(), Quality::kBad);
  EXPECT_EQ(qualities.back(), Quality::kBad);
}

TEST_F(BusPollerTest, BeginsToProbeQuicklyAgainAfterAMeterCameBack) {
  random = test::FixedRandom({~std::uint64_t{0} / 2});
  make_silent({9});
  start_with({one_point("ahu-3", 9, 5s)});
  loop.advance(30min);
  make_silent({});
  loop.advance(2min);
  make_silent({9});
  master.forget_asked();
  loop.advance(8s);
  const auto asked = asked_of(9);
  ASSERT_EQ(asked.size(), 3U);  // a read, its retry, and the first probe 2 s after that failed
  EXPECT_EQ(asked[2] - asked[1], 500ms + 2s);
}

TEST_F(BusPollerTest, AsksForRefusedRegistersAgainWhenTheLineOrTheMeterComesBack) {
  master.answer_with([](const auto&) { return refusal(2); });
  start_with({one_point("a", 1, 60s)});
  loop.advance(62s);
  master.answer_with(addresses_as_values);
  loop.advance(60s);
  EXPECT_EQ(asked_of(1).size(), 1U);
  master.drop_line();
  master.raise_line();
  loop.advance(60s);
  EXPECT_EQ(out.readings.back().quality, Quality::kGood);
}

TEST_F(BusPollerTest, AsksForRefusedRegistersAgainWhenTheMeterWasSilentInBetween) {
  const auto refuse_30 = [](const modbus::ReadRequest& request) {
    return request.address.value == 30 ? refusal(2) : addresses_as_values(request);
  };
  master.answer_with(refuse_30);
  start_with({meter("a", 1, {point("power_kw", 10, 60s), point("pf", 30, 60s)})});
  loop.advance(62s);
  make_silent({1});
  loop.advance(60s);
  make_silent({});
  loop.advance(60s);
  EXPECT_EQ(out.readings.back().quality, Quality::kGood);
  EXPECT_EQ(out.readings.back().values.size(), 2U);
}

TEST_F(BusPollerTest, OneIllegalRegisterNeverTakesTheRestOfTheMeterDown) {
  master.answer_with([](const modbus::ReadRequest& request) {
    const bool covers = request.address.value <= 11 && request.address.value + request.count > 11;
    return covers ? refusal(2) : addresses_as_values(request);
  });
  start_with(
      {meter("a", 1, {point("power_kw", 10, 5s), point("pf", 11, 5s), point("frequency_hz", 12, 5s)})});
  loop.advance(21s);
  ASSERT_EQ(out.readings.size(), 4U);
  for (const auto& reading : out.readings) {
    EXPECT_EQ(reading.quality, Quality::kQuestionable);
    EXPECT_EQ(reading.flags.to_string(), "exception partial");
    EXPECT_EQ(reading.values, (std::vector<PointValue>{{"power_kw", 10}, {"frequency_hz", 12}}));
  }
  master.forget_asked();
  loop.advance(5s);
  EXPECT_EQ(master.asked().size(), 2U);  // the two that are legal, and no exception any more
}

TEST_F(BusPollerTest, ReadsOneMeterAfterAnotherOnABusThatCarriesOneRequest) {
  master.answer_with([this](const modbus::ReadRequest& request) {
    EXPECT_EQ(master.in_flight(), 1U);
    return addresses_as_values(request);
  });
  start_with({one_point("a", 1, 5s), one_point("b", 2, 5s), one_point("c", 3, 5s)});
  loop.advance(6s);
  EXPECT_EQ(asked_of(1), Instants{5s});
  EXPECT_EQ(asked_of(2), Instants{5s + 20ms});
  EXPECT_EQ(asked_of(3), Instants{5s + 40ms});
}

TEST_F(BusPollerTest, ReadsSeveralMetersAtOnceWhereTheMasterTakesThemButEachWithOneRequest) {
  FakeMaster wide(loop, 4);
  std::vector<MeterPlan> meters;
  for (std::uint8_t unit = 1; unit <= 3; ++unit) {
    meters.push_back(
        meter("m" + std::to_string(unit), unit, {point("power_kw", 10, 5s), point("pf", 100, 5s)}));
  }
  BusPoller tcp(loop, clock, wide, random, bus(std::move(meters)), out);
  tcp.start();
  loop.advance(6s);
  ASSERT_EQ(wide.asked().size(), 6U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(at(wide.asked()[i].at), 5s);
  for (std::size_t i = 3; i < 6; ++i) EXPECT_EQ(at(wide.asked()[i].at), 5s + 20ms);
  EXPECT_EQ(out.readings.size(), 3U);
}

TEST_F(BusPollerTest, ProbesOneMeterAtATimeEvenWhereTheMasterTakesSeveralRequests) {
  FakeMaster wide(loop, 4);
  wide.answer_with([](const auto&) { return silence(); });
  BusPoller tcp(loop, clock, wide, random, bus({one_point("a", 1, 5s), one_point("b", 2, 5s)}), out);
  tcp.start();
  loop.advance(7s);
  wide.forget_asked();
  loop.advance(1h);
  ASSERT_GT(wide.asked().size(), 100U);
  for (std::size_t i = 1; i < wide.asked().size(); ++i) {
    ASSERT_GE(wide.asked()[i].at - wide.asked()[i - 1].at, 10s);
  }
}

TEST_F(BusPollerTest, SaysWhyReadingsAreBadWhileTheLineIsDownAndOnceAMinute) {
  start_with({one_point("a", 1, 5s)});
  loop.advance(6s);
  master.drop_line("unplugged");
  loop.advance(2min);
  const auto readings = out.of("a");
  ASSERT_EQ(readings.size(), 3U);
  EXPECT_EQ(at(readings[1].instant), 10s);
  EXPECT_EQ(readings[1].error, "unplugged");
  EXPECT_EQ(readings[1].flags.to_string(), "comm_timeout");
  EXPECT_EQ(at(readings[2].instant), 70s);
  EXPECT_EQ(poller->health().meters[0].state, MeterState::kAlive);  // nobody asked it
  master.raise_line();
  loop.advance(5s);
  EXPECT_EQ(out.readings.back().quality, Quality::kGood);
}

TEST_F(BusPollerTest, ARequestCutOffByTheLineMakesItsReadingBadAtOnce) {
  start_with({one_point("a", 1, 5s)});
  loop.advance(5s + 10ms);
  ASSERT_EQ(master.in_flight(), 1U);
  master.drop_line("unplugged");
  ASSERT_EQ(out.readings.size(), 1U);
  EXPECT_EQ(out.readings[0].quality, Quality::kBad);
}

TEST_F(BusPollerTest, WaitsALittleForALineThatIsStillComingUp) {
  start_with({one_point("a", 1, 1s)});
  master.drop_line("");  // before it came up; it says nothing about itself
  loop.advance(9s);
  EXPECT_TRUE(out.readings.empty());
  loop.advance(2s);
  ASSERT_EQ(out.readings.size(), 1U);
  EXPECT_EQ(out.readings[0].error, "the line has not come up");
  master.raise_line();
  loop.advance(1100ms);
  EXPECT_EQ(out.readings.back().quality, Quality::kGood);
}

TEST_F(BusPollerTest, SaysAtOnceWhyALineDoesNotComeUp) {
  start_with({one_point("a", 1, 1s)});
  master.drop_line("/dev/ttyUSB0: no such file");
  loop.advance(1s);
  ASSERT_EQ(out.readings.size(), 1U);
  EXPECT_EQ(out.readings[0].error, "/dev/ttyUSB0: no such file");
}

TEST_F(BusPollerTest, AMeterFoundSilentStaysSoOverAReconnect) {
  make_silent({9});
  start_with({one_point("dead", 9, 5s), one_point("a", 1, 5s)});
  loop.advance(7s);
  master.drop_line("closed by peer");
  master.raise_line();
  master.forget_asked();
  loop.advance(4s);
  EXPECT_EQ(asked_of(1), Instants{10s});  // not behind two time-outs of the dead one
}

TEST_F(BusPollerTest, ReplansAfterAStepOfTheClock) {
  start_with({one_point("a", 1, 10s)});
  loop.advance(12s);
  clock.on_step([this](const ClockStep&) { poller->replan(); });
  clock.step(loop.now(), 3s);  // 12 s became 15 s
  loop.advance(20s);
  EXPECT_EQ(asked_of(1), (Instants{10s, 17s, 27s}));
}

TEST_F(BusPollerTest, RunsEvenlyWithoutATrustedClock) {
  clock.set_state(ClockState::kUnsynced);
  clock.step(loop.now(), 1234ms);
  start_with({one_point("a", 1, 10s)});
  loop.advance(31s);
  EXPECT_EQ(asked_of(1), (Instants{10s, 20s, 30s}));  // the simulated monotonic clock began at a full hour
}

TEST_F(BusPollerTest, ReadsOnceInBetweenForTheTechnician) {
  start_with({one_point("a", 1, 5s), one_point("b", 2, 5s)});
  loop.advance(5s + 5ms);  // the first meter is being read
  std::vector<modbus::ReadAnswer> answers;
  poller->read_once({{77}, modbus::Function::kReadHoldingRegisters, {500}, 2},
                    [&](const modbus::ReadAnswer& answer) { answers.push_back(answer); });
  EXPECT_TRUE(answers.empty());
  loop.advance(1s);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].registers, (std::vector<std::uint16_t>{500, 501}));
  EXPECT_EQ(asked_of(77), Instants{5s + 20ms});
  EXPECT_EQ(asked_of(2), Instants{5s + 40ms});
  EXPECT_EQ(out.readings.size(), 2U);
}

TEST_F(BusPollerTest, DoesNotRetryATechniciansRead) {
  make_silent({77});
  start_with({});
  loop.advance(1s);
  int answers = 0;
  poller->read_once(
      {{77}, modbus::Function::kReadHoldingRegisters, {500}, 2},
      [&](const modbus::ReadAnswer& answer) { answers += answer.outcome == Outcome::kTimeout ? 1 : 0; });
  loop.advance(10s);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(asked_of(77).size(), 1U);
}

TEST_F(BusPollerTest, AnswersATechnicianWhenTheLineIsDownOrTooManyWait) {
  start_with({});
  loop.advance(1s);
  master.drop_line("unplugged");
  std::vector<std::string> reasons;
  const auto note = [&](const modbus::ReadAnswer& answer) { reasons.push_back(answer.reason); };
  poller->read_once({{1}, modbus::Function::kReadHoldingRegisters, {0}, 1}, note);
  EXPECT_TRUE(reasons.empty());
  loop.advance(0s);
  EXPECT_EQ(reasons, std::vector<std::string>{"unplugged"});

  master.raise_line();
  reasons.clear();
  for (std::size_t i = 0; i <= BusPoller::kMaxWaitingReads; ++i) {
    poller->read_once({{1}, modbus::Function::kReadHoldingRegisters, {0}, 1}, note);
  }
  loop.advance(0s);
  EXPECT_EQ(reasons, std::vector<std::string>{"too many reads are waiting for this bus"});
  loop.advance(1s);
  EXPECT_EQ(reasons.size(), BusPoller::kMaxWaitingReads + 1);
}

TEST_F(BusPollerTest, AnswersATechnicianWhoAsksAgainFromTheAnswer) {
  start_with({});
  loop.advance(1s);
  master.drop_line("unplugged");
  const modbus::ReadRequest request{{1}, modbus::Function::kReadHoldingRegisters, {0}, 1};
  int answers = 0;
  poller->read_once(request, [&](const modbus::ReadAnswer&) {
    ++answers;
    poller->read_once(request, [&](const modbus::ReadAnswer&) { ++answers; });
  });
  loop.advance(1s);
  EXPECT_EQ(answers, 2);
}

TEST_F(BusPollerTest, FinishesTheRequestUnderWayAndAsksNothingMore) {
  start_with({one_point("a", 1, 5s), one_point("b", 2, 5s)});
  loop.advance(5s + 5ms);  // the first of two is on the line
  bool finished = false;
  poller->finish([&] { finished = true; });
  loop.settle();
  EXPECT_FALSE(finished);
  loop.advance(1min);
  EXPECT_TRUE(finished);
  EXPECT_EQ(master.asked().size(), 1U);
  EXPECT_EQ(out.of("a").size(), 1U);
}

TEST_F(BusPollerTest, FinishesAMetersReadingOverTheSilenceBetweenItsRequests) {
  master.keep_silence(4ms);
  start_with({meter("a", 1, {point("power_kw", 0, 5s), point("pf", 100, 5s)})});
  loop.advance(5s + 5ms);  // the first of two requests is on the line
  std::vector<std::size_t> read_when_finished;
  poller->finish([&] { read_when_finished.push_back(out.readings.size()); });
  loop.advance(1min);
  ASSERT_FALSE(read_when_finished.empty());
  EXPECT_EQ(read_when_finished[0], 1U);
  ASSERT_EQ(out.of("a").size(), 1U);
  EXPECT_EQ(out.of("a")[0].quality, Quality::kGood);
}

TEST_F(BusPollerTest, SaysThatALineIsDownForAsLongAsItIsAlsoWhenItFellUnderALongRequest) {
  master.answer_with([](const modbus::ReadRequest& request) {
    auto reply = addresses_as_values(request);
    reply.delay = 20s;
    return reply;
  });
  start_with({one_point("a", 1, 5s)});
  loop.advance(21s);
  master.drop_line();
  loop.advance(10min);
  EXPECT_GE(out.of("a").size(), 10U);  // one a minute
}

TEST_F(BusPollerTest, FinishesAtOnceWhenNothingIsUnderWay) {
  start_with({one_point("a", 1, 5s)});
  loop.advance(1s);
  bool finished = false;
  poller->finish([&] { finished = true; });
  loop.settle();
  EXPECT_TRUE(finished);
}

TEST_F(BusPollerTest, CanBeDestroyedWithRequestsUnderWay) {
  start_with({one_point("a", 1, 5s)});
  loop.advance(5s + 10ms);
  ASSERT_EQ(master.in_flight(), 1U);
  poller.reset();
  loop.advance(10s);
  EXPECT_TRUE(out.readings.empty());
  EXPECT_EQ(master.asked().size(), 1U);
}

TEST_F(BusPollerTest, SaysWhyAMeterThatAnswersIsNotReadUntilItIsAgain) {
  master.answer_with([](const modbus::ReadRequest&) -> FakeReply {
    return {Outcome::kBadAnswer, 0, {}, 30ms};
  });
  start_with({one_point("a", 1, 5s)});
  loop.advance(11s);
  EXPECT_EQ(poller->health().meters.at(0).state, MeterState::kAlive);
  EXPECT_EQ(poller->health().meters.at(0).last_error, "scripted failure, 2 tries");
  make_silent({});
  loop.advance(5s);
  EXPECT_EQ(poller->health().meters.at(0).last_error, "");
}

TEST_F(BusPollerTest, SaysWhyTheLineIsDownUntilItIsUpAgain) {
  start_with({one_point("a", 1, 5s)});
  loop.advance(1s);
  EXPECT_EQ(poller->health().line_error, "");
  master.drop_line("unplugged");
  EXPECT_EQ(poller->health().line_error, "unplugged");
  master.raise_line();
  EXPECT_EQ(poller->health().line_error, "");
}

TEST_F(BusPollerTest, CountsWhatAMeterSaid) {
  int request_number = 0;
  master.answer_with([&](const modbus::ReadRequest& request) -> FakeReply {
    switch (++request_number) {
      case 1:
        return silence();
      case 2:
        return {Outcome::kBadAnswer, 0, {}, 30ms};
      case 3:
        return refusal(6);
      default:
        return addresses_as_values(request);
    }
  });
  start(bus({one_point("a", 1, 5s)}, 3));
  loop.advance(11s);
  const auto health = poller->health().meters.at(0);
  EXPECT_EQ(health.requests, 5U);
  EXPECT_EQ(health.answers, 2U);
  EXPECT_EQ(health.timeouts, 1U);
  EXPECT_EQ(health.bad_answers, 1U);
  EXPECT_EQ(health.exceptions, 1U);
  EXPECT_EQ(health.response_p50, 20ms);
  EXPECT_EQ(health.response_max, 20ms);
  EXPECT_EQ(health.state, MeterState::kAlive);
  ASSERT_TRUE(health.last_good);
  EXPECT_EQ(at(*health.last_good), 10s + 20ms);
  EXPECT_EQ(health.last_error,
            "");  // the fourth try of the first session answered, and so did the second session
}

}  // namespace
}  // namespace submeter::poll
