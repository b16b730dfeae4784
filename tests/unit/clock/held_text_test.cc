// SPDX-License-Identifier: Apache-2.0
#include "clock/held_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "clock/sync_note.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

Held held_reading() {
  Reading reading{.circuit = "ups-a",
                  .meter = "ups-a",
                  .instant = MonoTime(3'600'127'456'789ns),
                  .due = MonoTime(3'600s),
                  .span = 182'345'678ns,
                  .quality = Quality::kQuestionable,
                  .flags = {},
                  .error = "0x02 \"illegal data address\"\n",
                  .values = {{"energy_import_kwh", Decimal(4'821'136, -2)}, {"pf", Decimal(-97, -2)}}};
  reading.flags.set(QualityFlag::kPartial);
  reading.flags.set(QualityFlag::kStale);
  return {.boot = "b7c1",
          .slewed = -12'345ns,
          .floor = UtcTime(5ms),
          .shown = UtcTime(600'000ms),
          .config = "9f2c01ab",
          .what = std::move(reading)};
}

TEST(HeldText, GivesAReadingBackAsItWas) {
  const auto back = parse_held(to_text(held_reading()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, held_reading());
}

TEST(HeldText, GivesAnEventBackAsItWas) {
  const Held held{.boot = "b7c1",
                  .slewed = 1ns,
                  .floor = UtcTime(0ms),
                  .shown = UtcTime(0ms),
                  .config = "9f2c01ab",
                  .what = Event{.name = "clock_step",
                                .text = "the clock stepped by 5 ms",
                                .instant = MonoTime(5s),
                                .fields = {{"from_ts", "1"}, {"why", "\"ntp\""}}}};
  const auto back = parse_held(to_text(held));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, held);
}

TEST(HeldText, KeepsDecimalsExactToTheLastDigit) {
  Held held = held_reading();
  std::get<Reading>(held.what).values = {{"energy_import_kwh", Decimal(9'223'372'036'854'775'807, -2)}};
  EXPECT_EQ(*parse_held(to_text(held)), held);
}

TEST(HeldText, RefusesWhatIsTruncatedAtEveryLength) {
  const std::string text = to_text(held_reading());
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_held(text.substr(0, length)));
}

TEST(HeldText, ReplacesBytesThatAreNoText) {
  Held held = held_reading();
  std::get<Reading>(held.what).error = "\xff";
  const auto back = parse_held(to_text(held));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<Reading>(back->what).error, "\xEF\xBF\xBD");
}

TEST(HeldText, RefusesAQualityItDoesNotKnow) {
  std::string text = to_text(held_reading());
  text.replace(text.find("questionable"), 12, "questionables");
  EXPECT_FALSE(parse_held(text));
}

TEST(SyncNote, ComesBackAsItWasOrNotAtAll) {
  const SyncNote note{.boot = "b7c1",
                      .instant = MonoTime(5s),
                      .time = UtcTime(1'795'262'400'000ms),
                      .bound = 4ms,
                      .sure = UtcTime(7ms)};
  const std::string text = to_text(note);
  EXPECT_EQ(parse_sync_note(text), note);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(parse_sync_note(text.substr(0, length)), std::nullopt);
  }
}

}  // namespace
}  // namespace submeter::clock
