// SPDX-License-Identifier: Apache-2.0
#include "config/map_review.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "config/map_loader.h"
#include "config/read_file.h"

namespace submeter::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHead =
    "map: m\n"
    "maker: Nobody\n"
    "source: made for this test\n"
    "addressing: pdu\n"
    "function: input\n"
    "scaled: primary\n";
constexpr const char* kIdentify = "identify: {address: 900, type: uint16, equals: 7}\n";

/// "7:3: message", one a warning.
std::vector<std::string> review(const std::string& text, const fs::path& file = "m.yaml") {
  std::vector<Problem> problems;
  const Source source(file, problems);
  const meters::RegisterMap map = parse_map(source, text);
  for (const Problem& problem : problems) ADD_FAILURE() << problem.to_string();
  review_map(source, text, map);
  std::vector<std::string> lines;
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.severity, Severity::kWarning);
    lines.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
                    problem.message);
  }
  return lines;
}

/// The warnings of a map that can be identified and has these points.
std::vector<std::string> review_points(const std::string& points, const std::string& more = {}) {
  return review(kHead + std::string("points:\n") + points + kIdentify + more);
}

bool is_of(const std::string& line, const std::string& word) {
  return line.ends_with("[" + word + "]");
}

TEST(MapReview, HasNothingToSayOfACarefulMap) {
  EXPECT_EQ(review_points("  power_kw: {address: 0, type: int32, unit: W}\n"
                          "  energy_import_kwh: {address: 2, type: uint32, scale: 0.1}\n"
                          "  pf: {address: 4, type: int16, scale: 0.001, encoding: iec}\n"),
            std::vector<std::string>{});
}

TEST(MapReview, NamesTheSecondOfTwoPointsThatShareRegisters) {
  const auto lines = review_points(
      "  power_kw: {address: 0, type: float32}\n  voltage_l1n_v: {address: 1, type: float32}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "9:3: voltage_l1n_v and power_kw share registers: one of the addresses or types is wrong [overlap]");
  EXPECT_TRUE(review_points("  power_kw: {address: 0, type: float32}\n"
                            "  voltage_l1n_v: {address: 1, type: float32, function: holding}\n")
                  .empty());
}

TEST(MapReview, SaysFromWhereOnAFloatLosesCents) {
  // 24 bits: from 2^17 kWh on the step is 2^-6 kWh; in Wh from 2^27 on it is 16 Wh.
  auto lines = review_points("  energy_import_kwh: {address: 0, type: float32}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("loses 0.01 kWh above 131072 kWh"), std::string::npos) << lines[0];
  lines = review_points("  energy_import_kwh: {address: 0, type: float32, unit: Wh}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("above 134218 kWh"), std::string::npos) << lines[0];
  EXPECT_TRUE(review_points("  energy_import_kwh: {address: 0, type: float64}\n").empty());
}

TEST(MapReview, AsksForTheModulusOfCountersThatRollOverInAMetersLife) {
  // 2^32 Wh at 3 × 230 V × 100 A = 69 kW are 62,246 h.
  const auto lines = review_points("  energy_import_kwh: {address: 0, type: uint32, unit: Wh}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("rolls over at 4294967.296 kWh at the latest, after 7.1 years at 69 kW"),
            std::string::npos)
      << lines[0];
  EXPECT_TRUE(is_of(lines[0], "modulus"));
  EXPECT_TRUE(
      review_points("  energy_import_kwh: {address: 0, type: uint32, unit: Wh, modulus: 4294967.296}\n")
          .empty());
  EXPECT_TRUE(review_points("  energy_import_kwh: {address: 0, type: uint32, scale: 0.01}\n").empty());
  EXPECT_TRUE(review_points("  energy_import_kwh: {address: 0, type: uint64, unit: Wh}\n").empty());
}

TEST(MapReview, CountsOnAThousandAmperesWhereTheMeterKnowsItsTransformer) {
  const auto lines = review_points("  energy_import_kwh: {address: 0, type: uint32, scale: 0.01}\n",
                                   "ct_check: {address: 901, type: uint16, gives: primary}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("after 7.1 years at 690 kW"), std::string::npos) << lines[0];
}

TEST(MapReview, AsksHowAPowerFactorIsEncoded) {
  const auto lines = review_points("  pf: {address: 0, type: float32}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].substr(0, 5), "8:3: ");
  EXPECT_TRUE(is_of(lines[0], "pf-encoding"));
}

TEST(MapReview, DoubtsSecondaryValuesOfAMeterThatKnowsItsTransformer) {
  const std::string text = std::string(kHead).replace(std::string(kHead).find("primary"), 7, "secondary") +
                           "points:\n  power_kw: {address: 0, type: int32}\n" + kIdentify +
                           "ct_check: {address: 901, type: uint16, gives: primary}\n";
  const auto lines = review(text);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].substr(0, 5), "6:1: ");
  EXPECT_TRUE(is_of(lines[0], "ct-twice"));
}

TEST(MapReview, DoubtsSignsThatDoNotFitExport) {
  auto lines = review_points("  energy_export_kwh: {address: 0, type: int32}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(is_of(lines[0], "signed"));
  lines = review_points(
      "  energy_export_kwh: {address: 0, type: uint32}\n  power_kw: {address: 2, type: uint32, unit: W}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].substr(0, 5), "9:3: ");
  EXPECT_TRUE(is_of(lines[0], "signed"));
}

TEST(MapReview, SaysWhatAPointCostsThatStandsAlone) {
  const std::string near =
      "  power_kw: {address: 0, type: int32}\n  voltage_l1n_v: {address: 2, type: int32}\n"
      "  current_l1_a: {address: 4, type: int32}\n";
  EXPECT_TRUE(review_points(near + "  frequency_hz: {address: 6, type: int32}\n").empty());
  const auto lines = review_points(near + "  frequency_hz: {address: 4000, type: int32}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("frequency_hz stands alone, 3994 registers from the next point"), std::string::npos)
      << lines[0];
  EXPECT_TRUE(
      review_points(near + "  frequency_hz: {address: 4000, type: int32}\n", "limits: {gap_allowed: false}\n")
          .empty());
}

TEST(MapReview, WantsARegisterThatTellsTheModel) {
  const auto lines = review(kHead + std::string("points:\n  power_kw: {address: 0, type: int32}\n"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].substr(0, 5), "1:1: ");
  EXPECT_TRUE(is_of(lines[0], "identify"));
}

TEST(MapReview, SaysNothingOfWhatTheAuthorHasAccepted) {
  const std::string point = "  pf: {address: 0, type: float32}";
  EXPECT_TRUE(review_points(point + "  # accepts pf-encoding: the document does not say\n").empty());
  EXPECT_TRUE(
      review_points(point + "\n", "# accepts overlap, pf-encoding: the document does not say\n").empty());
  EXPECT_EQ(review_points(point + "  # accepts overlap: why\n").size(), 1U);
  // What is accepted on another point's line is not accepted here.
  EXPECT_EQ(
      review_points(point + "\n  frequency_hz: {address: 2, type: float32}  # accepts pf-encoding: why\n")
          .size(),
      1U);
}

TEST(MapReview, FindsNoErrorInAnyShippedMap) {
  std::size_t maps = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SUBMETER_SOURCE_DIR) / "config/meters")) {
    if (entry.path().extension() != ".yaml") continue;
    std::vector<Problem> problems;
    const Source source(entry.path(), problems);
    const auto text = read_file(source);
    ASSERT_TRUE(text);
    review_map(source, *text, parse_map(source, *text));
    EXPECT_EQ(source.errors(), 0U) << (problems.empty() ? "" : problems.front().to_string());
    ++maps;
  }
  EXPECT_GE(maps, 5U);
}

}  // namespace
}  // namespace submeter::config
