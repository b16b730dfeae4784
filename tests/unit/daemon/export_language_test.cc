// SPDX-License-Identifier: Apache-2.0
#include "daemon/export_language.h"

#include <gtest/gtest.h>

namespace submeter::daemon {
namespace {

Result<store::RangeQuery> parse(const std::string& text) {
  return parse_export(nlohmann::json::parse(text));
}

TEST(ExportLanguage, ReadsWhichRecordsAreWanted) {
  const auto query = parse(R"({"from":-1,"to":1795212900127,"after":4711,"circuits":["a","b"]})");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->from.time_since_epoch().count(), -1);
  EXPECT_EQ(query->to.time_since_epoch().count(), 1795212900127);
  EXPECT_EQ(query->after, Sequence{4711});
  EXPECT_EQ(query->circuits, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parse(R"({"from":0,"to":1,"after":0})")->circuits.empty());
}

TEST(ExportLanguage, RefusesWhatItCannotMean) {
  for (const char* text :
       {R"({"to":1,"after":0})", R"({"from":0,"after":0})", R"({"from":0,"to":1})",
        R"({"from":"0","to":1,"after":0})", R"({"from":0.5,"to":1,"after":0})",
        R"({"from":0,"to":1,"after":-1})", R"({"from":0,"to":9223372036854775808,"after":0})",
        R"({"from":0,"to":1,"after":9223372036854775807})", R"({"from":0,"to":1,"after":0,"circuits":"a"})",
        R"({"from":0,"to":1,"after":0,"circuits":{"a":"b"}})",
        R"({"from":0,"to":1,"after":0,"circuits":[1]})"}) {
    EXPECT_FALSE(parse(text).ok()) << text;
  }
  EXPECT_TRUE(parse(R"({"from":0,"to":9223372036854775807,"after":9223372036854775806})").ok());
}

TEST(ExportLanguage, AnswersWithAHeadAndTheRecordsOwnBytes) {
  store::RangeBite bite;
  bite.next = {12};
  bite.missing = {{{1}, {9}}};
  for (const std::uint64_t seq : {11, 12}) {
    Record record;
    record.seq = {seq};
    record.json = R"({"seq": )" + std::to_string(seq) + R"(,"kwh":1.50})";
    bite.records.push_back(record);
  }
  EXPECT_EQ(export_answer(bite),
            "{\"records\":2,\"next\":12,\"done\":false,\"missing\":[[1,9]]}\n"
            "{\"seq\": 11,\"kwh\":1.50}\n{\"seq\": 12,\"kwh\":1.50}");
  EXPECT_EQ(export_answer({.records = {}, .missing = {}, .next = {3}, .done = true}),
            R"({"records":0,"next":3,"done":true,"missing":[]})");
}

}  // namespace
}  // namespace submeter::daemon
