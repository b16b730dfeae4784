// SPDX-License-Identifier: Apache-2.0
// Each map of broken_maps.yaml is refused for one reason, at the marked place, with a message that names the
// mend.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "config/yaml_document.h"
#include "temporary_site.h"

namespace submeter::config {

namespace {

constexpr const char* kHead =
    "map: broken\nmaker: Nobody\nsource: made for this test\naddressing: pdu\nfunction: input\nscaled: "
    "primary\n";

struct BrokenMap {
  std::string name;
  std::string says;
  std::string text;
};

void PrintTo(const BrokenMap& broken, std::ostream* out) {
  *out << broken.name;
}

std::vector<BrokenMap> broken_maps() {
  std::ostringstream text;
  text << std::ifstream(SUBMETER_SOURCE_DIR "/tests/unit/config/broken_maps.yaml").rdbuf();
  std::vector<Problem> problems;
  const auto root = parse_yaml(Source("broken_maps.yaml", problems), text.str());
  std::vector<BrokenMap> maps;
  for (const YamlNode& item : root->find("broken")->items) {
    maps.push_back({item.find("name")->text, item.find("says")->text, item.find("map")->text});
    std::string& map = maps.back().text;
    if (map.find("map:") > map.find('\n')) map = kHead + map;
  }
  return maps;
}

class BrokenMaps : public testing::TestWithParam<BrokenMap> {};

TEST_P(BrokenMaps, AreRefusedAtTheirMistakeWithTheMend) {
  constexpr std::string_view kMark = "»";
  std::string text = GetParam().text;
  const std::size_t mark = text.find(kMark);
  ASSERT_NE(mark, std::string::npos);
  text.erase(mark, kMark.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(mark), '\n');
  const std::size_t start = mark == 0 ? 0 : text.rfind('\n', mark - 1) + 1;
  std::ostringstream expected;
  expected << "broken.yaml:" << line << ":" << mark - start + 1 << ": error: " << GetParam().says;

  const TemporarySite site;
  std::vector<Problem> problems;
  load_map(site.write("broken.yaml", text), problems);
  EXPECT_EQ(site.lines(problems), std::vector{expected.str()});
}

INSTANTIATE_TEST_SUITE_P(Each, BrokenMaps, testing::ValuesIn(broken_maps()), [](const auto& broken) {
  std::string name = broken.param.name;
  std::erase_if(name, [](unsigned char c) { return c != ' ' && std::isalnum(c) == 0; });
  std::ranges::replace(name, ' ', '_');
  return name;
});

TEST(BrokenMapsTable, HasFiftyMistakesAtLeast) {
  EXPECT_GE(broken_maps().size(), 50U);
}

}  // namespace

}  // namespace submeter::config
