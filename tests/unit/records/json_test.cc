// SPDX-License-Identifier: Apache-2.0
#include "records/json.h"

#include <gtest/gtest.h>

#include <string>

namespace submeter::records {
namespace {

const std::string kBroken = "\xEF\xBF\xBD";  // U+FFFD

TEST(JsonString, PutsQuotesAroundPlainText) {
  EXPECT_EQ(json_string("no response, 2 tries"), R"("no response, 2 tries")");
  EXPECT_EQ(json_string(""), R"("")");
}

TEST(JsonString, EscapesQuotesAndBackslashes) {
  EXPECT_EQ(json_string(R"(a"b\c)"), R"("a\"b\\c")");
}

TEST(JsonString, EscapesEveryControlCharacter) {
  for (char c = 0; c < 0x20; ++c) {
    const std::string json = json_string(std::string(1, c));
    EXPECT_EQ(json[1], '\\') << static_cast<int>(c);
    for (const char written : json) EXPECT_GE(written, 0x20) << static_cast<int>(c);
  }
  EXPECT_EQ(json_string("\n\t\r"), R"("\n\t\u000d")");
  EXPECT_EQ(json_string(std::string(1, '\0')), R"("\u0000")");
  EXPECT_EQ(json_string("\x7f"), R"("\u007f")");
}

TEST(JsonString, KeepsCharactersOfEveryLength) {
  const std::string text = "\u00e9 \u20ac \U0001F50C \U0010FFFF \u07ff\u0800\ue000";
  EXPECT_EQ(json_string(text), "\"" + text + "\"");
}

// Unicode 15, table 3-8: one U+FFFD for each maximal part of a broken character.
TEST(JsonString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_string("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),
            "\"a" + kBroken + kBroken + kBroken + "b" + kBroken + "c" + kBroken + kBroken + "d\"");
}

TEST(JsonString, ReplacesOverlongFormsSurrogatesAndWhatIsBeyondUnicode) {
  EXPECT_EQ(json_string("\xC0\xAF"), "\"" + kBroken + kBroken + "\"");
  EXPECT_EQ(json_string("\xE0\x9F\xBF"), "\"" + kBroken + kBroken + kBroken + "\"");
  EXPECT_EQ(json_string("\xED\xA0\x80"), "\"" + kBroken + kBroken + kBroken + "\"");
  EXPECT_EQ(json_string("\xF4\x90\x80\x80"), "\"" + kBroken + kBroken + kBroken + kBroken + "\"");
  EXPECT_EQ(json_string("\xFF"), "\"" + kBroken + "\"");
}

TEST(JsonString, ReplacesACharacterCutOffAtTheEnd) {
  const std::string plug = "\U0001F50C";
  for (std::size_t length = 1; length < plug.size(); ++length) {
    EXPECT_EQ(json_string(plug.substr(0, length)), "\"" + kBroken + "\"") << length;
  }
}

TEST(FlatObject, KeepsFieldsInTheirOrder) {
  FlatObject object;
  object.number("b", 1).text("a", "x").json("c", "1.0");
  EXPECT_EQ(object.finish(), R"({"b":1,"a":"x","c":1.0})");
}

TEST(FlatObject, IsAnObjectEvenWhenEmpty) {
  EXPECT_EQ(FlatObject().finish(), "{}");
}

}  // namespace
}  // namespace submeter::records
