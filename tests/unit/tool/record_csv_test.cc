// SPDX-License-Identifier: Apache-2.0
#include "tool/record_csv.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

// The sample of SPEC section 7, and an event.
constexpr const char* kSample =
    R"({"v":1,"kind":"sample","site":"hq","gw":"gw-0042","circuit":"ups-a","meter":"ups-a","ts":1795212900127,)"
    R"("stream":"k3v9q2m7ta","seq":184467,"cfg":"9f2c01ab","clock":"synced","clk_err_ms":4,"span_ms":182,)"
    R"("q":"good","power_kw":12.481,"energy_import_kwh":48211.36,"pf":0.97})";
constexpr const char* kEvent =
    R"({"v":1,"kind":"event","site":"hq","gw":"gw-0042","ts":1795212900007,"stream":"k3v9q2m7ta","seq":184469,)"
    R"("cfg":"9f2c01ab","clock":"synced","event":"store_dropped","text":"lost, \"all\" of\nit: 7 to 18"})";

TEST(RecordCsv, HasWhatEveryRecordHasAndThenTheValuesByName) {
  RecordCsv csv;
  const auto sample = record_fields(kSample);
  const auto event = record_fields(kEvent);
  ASSERT_TRUE(sample && event);
  csv.learn(*sample);
  csv.learn(*event);
  EXPECT_EQ(csv.head(),
            "ts,kind,circuit,meter,seq,clock,q,qf,err,energy_import_kwh,event,pf,power_kw,text\r\n");
  EXPECT_EQ(csv.row(*sample),
            "2026-11-20T22:15:00.127Z,sample,ups-a,ups-a,184467,synced,good,,,48211.36,,0.97,12.481,\r\n");
  EXPECT_EQ(csv.row(*event),
            "2026-11-20T22:15:00.007Z,event,,,184469,synced,,,,,store_dropped,,,"
            "\"lost, \"\"all\"\" of\nit: 7 to 18\"\r\n");
}

TEST(RecordCsv, HasAHeadWithoutRecords) {
  EXPECT_EQ(RecordCsv().head(), "ts,kind,circuit,meter,seq,clock,q,qf,err\r\n");
}

TEST(RecordFields, KeepNumbersAsTheyAreWritten) {
  const auto fields = record_fields(
      R"({"a":3.0,"b":1.50,"c":123456789012345.678901,"d":-0.001,"e":18446744073709551615,"f":-7,)"
      R"("g":98765432109876543210,"h":true,"i":"1e5","j":1E-7})");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (RecordFields{{"a", "3.0"},
                                   {"b", "1.50"},
                                   {"c", "123456789012345.678901"},
                                   {"d", "-0.001"},
                                   {"e", "18446744073709551615"},
                                   {"f", "-7"},
                                   {"g", "98765432109876543210"},
                                   {"h", "true"},
                                   {"i", "1e5"},
                                   {"j", "1E-7"}}));
}

TEST(RecordFields, AreOfAFlatObjectOnly) {
  for (const char* text : {"", "7", "\"a\"", "[]", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":1} x"}) {
    EXPECT_FALSE(record_fields(text)) << text;
  }
  const std::string whole = kSample;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(record_fields(whole.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace submeter::tool
