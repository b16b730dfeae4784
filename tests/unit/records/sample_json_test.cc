// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>

#include "records/recorder.h"

namespace submeter::records {
namespace {

using std::chrono::milliseconds;

const Origin kOrigin{.site = "hq", .gateway = "gw-0042"};

Sample good_sample() {
  Sample sample;
  sample.reading.circuit = "ups-a";
  sample.reading.meter = "ups-a";
  sample.reading.span = milliseconds{182};
  sample.reading.values = {
      {"power_kw", Decimal(12481, -3)}, {"energy_import_kwh", Decimal(4821136, -2)}, {"pf", Decimal(97, -2)}};
  sample.stamp = {UtcTime{milliseconds{1795212900127}}, ClockState::kSynced, milliseconds{4}};
  sample.config = "9f2c01ab";
  return sample;
}

Sample bad_sample() {
  Sample sample;
  sample.reading.circuit = "ahu-3";
  sample.reading.meter = "ahu-3";
  sample.reading.quality = Quality::kBad;
  sample.reading.flags.set(QualityFlag::kCommTimeout);
  sample.reading.error = "no response, 2 tries";
  sample.stamp = {UtcTime{milliseconds{1795212960000}}, ClockState::kSynced, {}};
  sample.config = "9f2c01ab";
  return sample;
}

std::string line_of_spec(int number) {
  std::ifstream file(SUBMETER_SOURCE_DIR "/tests/golden/records/valid.jsonl");
  std::string line;
  for (int i = 0; i < number; ++i) std::getline(file, line);
  return line;
}

TEST(SampleJson, WritesTheGoodExampleOfTheSpecificationByteForByte) {
  EXPECT_EQ(sample_json(good_sample(), kOrigin, "k3v9q2m7ta", Sequence{184467}), line_of_spec(1));
}

TEST(SampleJson, WritesTheBadExampleOfTheSpecificationByteForByte) {
  EXPECT_EQ(sample_json(bad_sample(), kOrigin, "k3v9q2m7ta", Sequence{184468}), line_of_spec(2));
}

std::string quadrant_of(const char* power_kw, const char* reactive_power_kvar) {
  Sample sample = good_sample();
  sample.reading.values = {{"power_kw", Decimal::parse(power_kw).value()},
                           {"reactive_power_kvar", Decimal::parse(reactive_power_kvar).value()}};
  const std::string json = sample_json(sample, kOrigin, "k3v9q2m7ta", Sequence{1});
  const auto at = json.find(R"(,"quadrant":)");
  return at == std::string::npos ? "" : json.substr(at + 12);
}

TEST(SampleJson, NamesTheQuadrantWhereActiveAndReactivePowerAreKnown) {
  EXPECT_EQ(quadrant_of("1", "1"), "1}");
  EXPECT_EQ(quadrant_of("-1", "1"), "2}");
  EXPECT_EQ(quadrant_of("-1", "-1"), "3}");
  EXPECT_EQ(quadrant_of("1", "-1"), "4}");
}

TEST(SampleJson, TakesNoPowerInOneDirectionForImportAndInductive) {
  EXPECT_EQ(quadrant_of("0", "1"), "1}");
  EXPECT_EQ(quadrant_of("1", "0"), "1}");
  EXPECT_EQ(quadrant_of("0", "-1"), "4}");
  EXPECT_EQ(quadrant_of("-1", "0"), "2}");
  EXPECT_EQ(quadrant_of("0", "0"), "");
}

TEST(SampleJson, LeavesTheClockErrorOutWhenNobodyKnowsIt) {
  Sample sample = good_sample();
  sample.stamp.error_bound.reset();
  EXPECT_EQ(sample_json(sample, kOrigin, "k3v9q2m7ta", Sequence{1}).find("clk_err_ms"), std::string::npos);
}

TEST(SampleJson, FlagsAnUnsyncedClockBesideTheOtherReasons) {
  Sample sample = bad_sample();
  sample.stamp.state = ClockState::kUnsynced;
  const std::string json = sample_json(sample, kOrigin, "k3v9q2m7ta", Sequence{1});
  EXPECT_NE(json.find(R"("clock":"unsynced","q":"bad","qf":"comm_timeout clock_unsynced")"),
            std::string::npos)
      << json;
}

TEST(SampleJson, FlagsNothingInHoldover) {
  Sample sample = good_sample();
  sample.stamp.state = ClockState::kHoldover;
  const std::string json = sample_json(sample, kOrigin, "k3v9q2m7ta", Sequence{1});
  EXPECT_NE(json.find(R"("clock":"holdover","clk_err_ms":4,"span_ms":182,"q":"good","power_kw")"),
            std::string::npos)
      << json;
}

TEST(SampleJson, RoundsTheSpanToTheNearestMillisecond) {
  Sample sample = good_sample();
  sample.reading.span = std::chrono::microseconds{1501};
  EXPECT_NE(sample_json(sample, kOrigin, "k3v9q2m7ta", Sequence{1}).find(R"("span_ms":2,)"),
            std::string::npos);
}

TEST(SampleJson, KeepsTheLargestSequenceExact) {
  EXPECT_NE(sample_json(good_sample(), kOrigin, "k3v9q2m7ta", Sequence{UINT64_MAX})
                .find(R"("seq":18446744073709551615,)"),
            std::string::npos);
}

}  // namespace
}  // namespace submeter::records
