// SPDX-License-Identifier: Apache-2.0
#include "store/flat_json.h"

#include <gtest/gtest.h>

#include <string>

namespace submeter::store {
namespace {

TEST(FlatJson, SplitsAnObjectIntoKeysAndTheTextsOfTheirValues) {
  const std::string json = R"({"v":1,"text":"a,}\"{\\","":-0.0e+7,"est":false,"é":""})";
  const std::vector<Member> members = split_flat_object(json);
  ASSERT_EQ(members.size(), 5U);
  EXPECT_EQ(members[0].key, "v");
  EXPECT_EQ(members[0].value, "1");
  EXPECT_EQ(members[1].value, R"("a,}\"{\\")");
  EXPECT_EQ(members[2].key, "");
  EXPECT_EQ(members[2].value, "-0.0e+7");
  EXPECT_EQ(members[3].value, "false");
  EXPECT_EQ(members[4].key, "é");
  EXPECT_EQ(members[4].value, "\"\"");
}

TEST(FlatJson, LeavesOtherFormsAsTheyAre) {
  for (const char* json : {"",
                           "{",
                           "}",
                           "{}",
                           "[]",
                           "null",
                           "{\"",
                           "{\"a",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,",
                           "{\"a\":1,}",
                           "{\"a\":\"",
                           "{\"a\":\"x",
                           "{\"a\":\"x\\",
                           "{\"a\":\"x\\\"",
                           "{\"a\":\"x\"",
                           "{\"a\":\"x\"y}",
                           "{\"a\" :1}",
                           "{ \"a\":1}",
                           " {\"a\":1}",
                           "{\"a\":1} ",
                           "{\"a\":1, \"b\":2}",
                           "{\"a\":[1,2]}",
                           "{\"a\":{\"b\":1}}",
                           "{\"a\":1}{\"b\":2}",
                           "{\"a\\n\":1}",
                           "{a:1}",
                           "{\"a\",\"b\":1}"}) {
    EXPECT_TRUE(split_flat_object(json).empty()) << json;
  }
}

TEST(FlatJson, TakesAsManyMembersAsItSays) {
  const auto with_members = [](std::size_t count) {
    std::string json = "{";
    for (std::size_t i = 0; i < count; ++i) json += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
    return json + "}";
  };
  EXPECT_EQ(split_flat_object(with_members(kMostMembers - 1)).size(), kMostMembers - 1);
  EXPECT_EQ(split_flat_object(with_members(kMostMembers)).size(), kMostMembers);
  EXPECT_TRUE(split_flat_object(with_members(kMostMembers + 1)).empty());
}

}  // namespace
}  // namespace submeter::store
