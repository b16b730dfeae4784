// SPDX-License-Identifier: Apache-2.0
#include "tool/terminal.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

TEST(Table, AlignsWordsLeftAndNumbersRight) {
  Table table({"METER", "UNIT", "NOTE"});
  table.add({"ups-a", "7", "ok"});
  table.add({"a", "107", ""});
  EXPECT_EQ(table.to_string(),
            "METER  UNIT  NOTE\n"
            "ups-a     7  ok\n"
            "a       107\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({"LINE", "X"});
  table.add({"a–b", "y"});
  table.add({"abcd", "y"});
  EXPECT_EQ(table.to_string(),
            "LINE  X\n"
            "a–b   y\n"
            "abcd  y\n");
}

TEST(Table, IsNothingWithoutRows) {
  EXPECT_EQ(Table({"A"}).to_string(), "");
}

TEST(ReadableTime, IsUtcToTheMillisecond) {
  EXPECT_EQ(readable_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(readable_time(1'386'576'000'007), "2013-12-09T08:00:00.007Z");  // date -u -d @1386576000
}

TEST(ReadableAge, TakesTheUnitThatReadsBest) {
  EXPECT_EQ(readable_age(83), "83 ms");
  EXPECT_EQ(readable_age(12'000), "12 s");
  EXPECT_EQ(readable_age(180'000), "3 min");
  EXPECT_EQ(readable_age(3 * 3'600'000.0), "3 h");
  EXPECT_EQ(readable_age(5 * 86'400'000.0), "5 d");
}

}  // namespace
}  // namespace submeter::tool
