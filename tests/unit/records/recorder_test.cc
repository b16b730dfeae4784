// SPDX-License-Identifier: Apache-2.0
#include "records/recorder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_record_queue.h"
#include "tests/support/simulated_loop.h"

namespace submeter::records {
namespace {

using std::chrono::milliseconds;

class RecorderTest : public ::testing::Test {
 protected:
  static Stamp stamp_at(std::int64_t ms) {
    return {UtcTime{milliseconds{ms}}, ClockState::kSynced, milliseconds{4}};
  }
  static Sample sample_at(std::int64_t ms) {
    Sample sample;
    sample.reading.circuit = "lighting-3";
    sample.reading.meter = "panel-lp2";
    sample.stamp = stamp_at(ms);
    sample.config = "9f2c01ab";
    return sample;
  }
  static StampedEvent event_at(std::int64_t ms, std::vector<EventField> fields = {}) {
    return {
        {.name = "store_dropped", .text = "12 records are lost", .instant = {}, .fields = std::move(fields)},
        stamp_at(ms),
        "9f2c01ab"};
  }
  const Record& record(std::size_t index) const { return queue_.records().at(index); }

  test::SimulatedLoop loop_;
  test::FakeRecordQueue queue_{loop_};
  Recorder recorder_{queue_, {.site = "hq", .gateway = "gw-0042"}};
};

TEST_F(RecorderTest, HandsASampleOverWithItsCircuitAndTime) {
  recorder_.on_sample(sample_at(1795212900127));
  EXPECT_EQ(record(0).seq, Sequence{1});
  EXPECT_EQ(record(0).kind, RecordKind::kSample);
  EXPECT_EQ(record(0).circuit, "lighting-3");
  EXPECT_EQ(record(0).time, UtcTime{milliseconds{1795212900127}});
}

TEST_F(RecorderTest, NumbersRecordsWithoutHoles) {
  recorder_.on_sample(sample_at(1000));
  recorder_.on_event(event_at(2000));
  recorder_.on_sample(sample_at(3000));
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(record(i).seq, Sequence{i + 1});
    EXPECT_NE(record(i).json.find("\"stream\":\"k3v9q2m7ta\",\"seq\":" + std::to_string(i + 1) + ","),
              std::string::npos);
  }
}

TEST_F(RecorderTest, UsesNoNumberForARecordThatWasRefused) {
  queue_.capacity = 1;
  EXPECT_TRUE(recorder_.on_sample(sample_at(1000)));
  EXPECT_FALSE(recorder_.on_sample(sample_at(2000)));
  EXPECT_FALSE(recorder_.on_event(event_at(2000)));
  EXPECT_EQ(recorder_.refused(), 2U);
  loop_.settle();
  recorder_.on_sample(sample_at(3000));
  ASSERT_EQ(queue_.records().size(), 2U);
  EXPECT_EQ(record(1).seq, Sequence{2});
  EXPECT_EQ(record(1).time, UtcTime{milliseconds{3000}});
}

TEST_F(RecorderTest, WritesAnEventOfTheWholeGateway) {
  recorder_.on_event(event_at(1795212900127, {{"first_seq", "7"}, {"last_seq", "18"}}));
  EXPECT_EQ(record(0).kind, RecordKind::kEvent);
  EXPECT_EQ(record(0).circuit, "");
  EXPECT_EQ(
      record(0).json,
      R"({"v":1,"kind":"event","site":"hq","gw":"gw-0042","ts":1795212900127,"stream":"k3v9q2m7ta","seq":1,)"
      R"("cfg":"9f2c01ab","clock":"synced","clk_err_ms":4,"event":"store_dropped",)"
      R"("text":"12 records are lost","first_seq":7,"last_seq":18})");
}

TEST_F(RecorderTest, CarriesTheDigestOfTheConfigurationItWasReadUnder) {
  Sample sample = sample_at(1000);
  sample.config = "00112233";
  recorder_.on_sample(sample);
  EXPECT_NE(record(0).json.find("\"cfg\":\"00112233\""), std::string::npos);
}

}  // namespace
}  // namespace submeter::records
