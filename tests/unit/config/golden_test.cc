// SPDX-License-Identifier: Apache-2.0
// Every shipped register map loads, and decodes the raw registers of tests/golden/<map>.yaml to exactly the
// values that stand there:
//
//   map: eastron-sdm630
//   golden:
//     - {point: power_kw, registers: [0x4643, 0x4000], value: "12.496"}
//     - {point: current_l1_a, registers: [0x0FA0], scale_registers: [0xFFFE], value: "40.0"}   # with
//     scale_from
//     - {point: x_serial, registers: [0x3132, 0x3334], value: "1234"}                          # a string
//
// `channel: N` for maps with channels.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/configuration.h"
#include "config/yaml_document.h"
#include "meters/decoder.h"
#include "meters/text_register.h"

namespace submeter::config {

namespace {

namespace fs = std::filesystem;

const fs::path kMaps = fs::path(SUBMETER_SOURCE_DIR) / "config/meters";
const fs::path kGoldens = fs::path(SUBMETER_SOURCE_DIR) / "tests/golden";

std::set<std::string> yaml_names(const fs::path& directory) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".yaml") names.insert(entry.path().stem().string());
  }
  return names;
}

/// Fails the test where a file is not as the head of this file says.
std::string text_of(const YamlNode& node, std::string_view key) {
  const YamlNode* value = node.find(key);
  if (value == nullptr) ADD_FAILURE() << "line " << node.mark.line << " needs '" << key << "'";
  return value == nullptr ? "" : value->text;
}

std::vector<std::uint16_t> words_of(const YamlNode& golden, std::string_view key) {
  std::vector<std::uint16_t> words;
  const YamlNode* list = golden.find(key);
  if (list == nullptr) return words;
  for (const YamlNode& item : list->items)
    words.push_back(static_cast<std::uint16_t>(std::stoul(item.text, nullptr, 0)));
  return words;
}

/// What the answer to the point's range brings: the value, and where it has one its scale register.
std::vector<std::uint16_t> answer_with(const meters::BoundPoint& bound, const YamlNode& golden) {
  const meters::RegisterRange range = meters::range_of(bound);
  std::vector<std::uint16_t> words(range.count);
  const auto put = [&](RegisterAddress address, std::size_t width, std::string_view key) {
    const auto part = words_of(golden, key);
    EXPECT_EQ(part.size(), width) << "'" << key << "' has another number of registers than its type";
    if (part.size() == width) std::ranges::copy(part, words.begin() + (address.value - range.address.value));
  };
  put(bound.point.address, bound.point.width(), "registers");
  if (const auto& scale = bound.point.scale_from) {
    put(scale->address, meters::width(scale->type), "scale_registers");
  } else {
    EXPECT_EQ(golden.find("scale_registers"), nullptr) << "the point has no scale_from";
  }
  return words;
}

void expect_decodes(const meters::RegisterMap& map, const YamlNode& golden) {
  const std::string name = text_of(golden, "point");
  SCOPED_TRACE("line " + std::to_string(golden.mark.line) + ", " + name);
  const int channel = golden.find("channel") == nullptr ? 1 : std::stoi(text_of(golden, "channel"));
  const auto point = meters::bind_point(map, name, channel, std::nullopt, std::nullopt);
  ASSERT_TRUE(point.ok()) << point.error().message;
  const std::vector<std::uint16_t> words = answer_with(*point, golden);
  const std::string value = text_of(golden, "value");
  if (point->point.type == meters::Type::kString) {
    EXPECT_EQ(meters::text_of(point->point, words), value);
    return;
  }
  const auto expected = Decimal::parse(value);
  ASSERT_TRUE(expected.has_value()) << "'value' is no number";
  const meters::Decoded decoded = meters::decode(*point, words);
  EXPECT_EQ(decoded.status, meters::Decoded::Status::kValue);
  EXPECT_EQ(decoded.value.to_string(), expected->to_string());
}

class ShippedMaps : public testing::TestWithParam<std::string> {};

TEST_P(ShippedMaps, DecodeTheirGoldenRegisters) {
  std::vector<Problem> problems;
  const meters::RegisterMap map = load_map(kMaps / (GetParam() + ".yaml"), problems);
  for (const Problem& problem : problems) ADD_FAILURE() << problem.to_string();

  const fs::path file = kGoldens / (GetParam() + ".yaml");
  ASSERT_TRUE(fs::exists(file)) << "map " << GetParam() << " needs its golden registers in " << file;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  const auto root = parse_yaml(Source(file, problems), text.str());
  ASSERT_TRUE(root.has_value() && problems.empty()) << problems.front().to_string();
  EXPECT_EQ(text_of(*root, "map"), GetParam());
  const YamlNode* goldens = root->find("golden");
  ASSERT_NE(goldens, nullptr);
  ASSERT_FALSE(goldens->items.empty());
  for (const YamlNode& golden : goldens->items) expect_decodes(map, golden);
}

INSTANTIATE_TEST_SUITE_P(Each, ShippedMaps, testing::ValuesIn(yaml_names(kMaps)), [](const auto& map) {
  std::string name = map.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(GoldenRegisters, AreThoseOfTheShippedMaps) {
  EXPECT_EQ(yaml_names(kGoldens), yaml_names(kMaps));
}

TEST(GoldenRegisters, CoverTheMetersOfTheFirstRelease) {
  const std::set<std::string> maps = yaml_names(kMaps);
  for (const char* name :
       {"eastron-sdm630", "eastron-sdm120", "schneider-iem3155", "schneider-pm5110", "abb-b23"}) {
    EXPECT_EQ(maps.count(name), 1U) << name;
  }
}

}  // namespace

}  // namespace submeter::config
