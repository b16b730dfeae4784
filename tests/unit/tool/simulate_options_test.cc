// SPDX-License-Identifier: Apache-2.0
#include "tool/simulate_options.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

using namespace std::chrono_literals;
using simulate::Fault;
using simulate::Faults;
using simulate::LoadShape;

Faults faults_of(const char* text) {
  Faults faults;
  EXPECT_TRUE(add_fault(text, faults).ok()) << text;
  return faults;
}

TEST(SimulateOptions, KnowEveryFault) {
  EXPECT_TRUE(faults_of("dead").dead);
  EXPECT_EQ(faults_of("slow:800ms").turnaround, Duration{800ms});
  EXPECT_EQ(faults_of("silent:10%").shares[Fault::kSilent], 0.1);
  EXPECT_EQ(faults_of("crc:2.5%").shares[Fault::kBadCrc], 0.025);
  EXPECT_EQ(faults_of("truncate:100%").shares[Fault::kTruncated], 1.0);
  EXPECT_EQ(faults_of("exception:5%").shares[Fault::kException], 0.05);
  EXPECT_EQ(faults_of("exception:5%").exception_code, 0x04);
  EXPECT_EQ(faults_of("exception:5%:0x06").exception_code, 0x06);
  EXPECT_EQ(faults_of("exception:0%:11").exception_code, 0x0B);
  EXPECT_EQ(faults_of("late:5%:2s").lateness, Duration{2s});
  for (const simulate::FaultKind& kind : simulate::kFaultKinds) {
    EXPECT_EQ(faults_of((std::string(kind.word) + ":5%").c_str()).shares[kind.fault], 0.05) << kind.word;
    EXPECT_NE(fault_words().find(std::string(kind.word) + ":5%"), std::string::npos);
  }
}

TEST(SimulateOptions, AddUpFaultsOfAMeter) {
  Faults faults;
  ASSERT_TRUE(add_fault("crc:10%", faults).ok());
  ASSERT_TRUE(add_fault("slow:1s", faults).ok());
  EXPECT_EQ(faults.shares[Fault::kBadCrc], 0.1);
  EXPECT_EQ(faults.turnaround, Duration{1s});
}

TEST(SimulateOptions, RefuseWhatIsNoFault) {
  for (const char* text : {"", "dead:1", "Dead", "slow", "slow:800", "slow:fast", "crc", "crc:10", "crc:101%",
                           "crc:-1%", "crc:10%:4", "late:10%:soon", "late:10%:1s:1s", "exception:5%:0",
                           "exception:5%:12", "exception:5%:x", "exception:5%:4:4", ":", "%"}) {
    Faults faults;
    const auto added = add_fault(text, faults);
    ASSERT_FALSE(added.ok()) << text;
    EXPECT_NE(added.error().message.find("expected dead, slow:800ms"), std::string::npos);
  }
}

TEST(SimulateOptions, TakeALoadWithOrWithoutItsPeak) {
  EXPECT_EQ(parse_load("steady")->shape, LoadShape::kSteady);
  EXPECT_FALSE(parse_load("office")->peak_kw.has_value());
  EXPECT_EQ(parse_load("solar:12.5")->shape, LoadShape::kSolar);
  EXPECT_EQ(parse_load("solar:12.5")->peak_kw, 12.5);
  for (const char* text : {"", "lunar", "solar:", "solar:-1", "solar:1:2", "solar:many", "solar:1e9"}) {
    EXPECT_FALSE(parse_load(text).ok()) << text;
  }
}

TEST(SimulateOptions, TakeTheSettingsOfASerialLine) {
  const SerialLine expected{.device = {}, .baud = 19'200, .parity = Parity::kOdd, .stop_bits = 2};
  EXPECT_EQ(*parse_line("19200-8O2"), expected);
  for (const char* text : {"", "19200", "8N1", "19200-", "19200-7E1", "19200-8X1", "19200-8N3", "19200-8N1-1",
                           "1-8N1", "fast-8N1"}) {
    EXPECT_FALSE(parse_line(text).ok()) << text;
  }
}

TEST(SimulateOptions, SplitTheMeterFromWhatIsSaidOfIt) {
  const auto assignment = parse_assignment("ups-a=slow:800ms");
  ASSERT_TRUE(assignment.ok());
  EXPECT_EQ(assignment->first, "ups-a");
  EXPECT_EQ(assignment->second, "slow:800ms");
  for (const char* text : {"", "ups-a", "=dead", "ups-a="}) EXPECT_FALSE(parse_assignment(text).ok()) << text;
}

}  // namespace
}  // namespace submeter::tool
