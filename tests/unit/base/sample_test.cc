// SPDX-License-Identifier: Apache-2.0
#include "submeter/sample.h"

#include <gtest/gtest.h>

namespace submeter {
namespace {

TEST(QualityFlags, AreNamedInTheOrderOfTheDeclarationWhateverTheOrderOfSetting) {
  QualityFlags flags;
  EXPECT_TRUE(flags.empty());
  EXPECT_EQ(flags.to_string(), "");
  flags.set(QualityFlag::kHeld);
  flags.set(QualityFlag::kPartial);
  flags.set(QualityFlag::kCommTimeout);
  flags.set(QualityFlag::kPartial);
  EXPECT_EQ(flags.to_string(), "comm_timeout partial held");
  EXPECT_TRUE(flags.has(QualityFlag::kHeld));
  EXPECT_FALSE(flags.has(QualityFlag::kCrc));
}

TEST(QualityFlags, HaveTheNamesOfTheRecordSchema) {
  QualityFlags all;
  for (const auto flag :
       {QualityFlag::kCommTimeout, QualityFlag::kCrc, QualityFlag::kException, QualityFlag::kPartial,
        QualityFlag::kClockUnsynced, QualityFlag::kClockStepped, QualityFlag::kStale,
        QualityFlag::kOutOfRange, QualityFlag::kHeld, QualityFlag::kSimulated, QualityFlag::kCtSuspect}) {
    all.set(flag);
  }
  EXPECT_EQ(
      all.to_string(),
      "comm_timeout crc exception partial clock_unsynced clock_stepped stale out_of_range held simulated "
      "ct_suspect");
}

TEST(Quality, HasTheNamesOfTheRecordSchema) {
  EXPECT_STREQ(to_string(Quality::kGood), "good");
  EXPECT_STREQ(to_string(Quality::kQuestionable), "questionable");
  EXPECT_STREQ(to_string(Quality::kBad), "bad");
}

TEST(ClockState, HasTheNamesOfTheRecordSchema) {
  EXPECT_STREQ(to_string(ClockState::kUnsynced), "unsynced");
  EXPECT_STREQ(to_string(ClockState::kHoldover), "holdover");
  EXPECT_STREQ(to_string(ClockState::kSynced), "synced");
}

}  // namespace
}  // namespace submeter
