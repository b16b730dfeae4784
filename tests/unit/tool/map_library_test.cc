// SPDX-License-Identifier: Apache-2.0
#include "tool/map_library.h"

#include <gtest/gtest.h>

#include "tool/map_report.h"

namespace submeter::tool {
namespace {

LibraryMap map_of(const char* name, const char* maker, const char* model, const char* point) {
  LibraryMap entry;
  entry.map.name = name;
  entry.map.maker = maker;
  entry.map.models = {model};
  entry.map.points.emplace_back();
  entry.map.points.back().name = point;
  return entry;
}

MapLibrary library() {
  return {.maps = {map_of("abb-b23", "ABB", "B23 112-100", "power_kw"),
                   map_of("eastron-sdm120", "Eastron", "SDM120-Modbus", "power_kw"),
                   map_of("eastron-sdm630", "Eastron", "SDM630-Modbus V2", "reactive_q1_kvarh")},
          .problems = {}};
}

std::vector<std::string> names(const MapQuery& query) {
  const MapLibrary all = library();
  std::vector<std::string> found;
  for (const LibraryMap* entry : search(all, query)) found.push_back(entry->map.name);
  return found;
}

using Names = std::vector<std::string>;

TEST(MapLibrary, FindsAWordInNameMakerAndModelInEitherCase) {
  EXPECT_EQ(names({.word = "EASTRON", .maker = {}, .point = {}}),
            (Names{"eastron-sdm120", "eastron-sdm630"}));
  EXPECT_EQ(names({.word = "112-100", .maker = {}, .point = {}}), Names{"abb-b23"});
  EXPECT_EQ(names({.word = "sdm", .maker = {}, .point = {}}), (Names{"eastron-sdm120", "eastron-sdm630"}));
  EXPECT_EQ(names({}).size(), 3U);
}

TEST(MapLibrary, FindsMakersAndPoints) {
  EXPECT_EQ(names({.word = {}, .maker = "abb", .point = {}}), Names{"abb-b23"});
  EXPECT_EQ(names({.word = {}, .maker = {}, .point = "reactive_q1_kvarh"}), Names{"eastron-sdm630"});
  EXPECT_EQ(names({.word = {}, .maker = "eastron", .point = "power_kw"}), Names{"eastron-sdm120"});
}

TEST(MapLibrary, SuggestsTheNearestWordWhereItFindsNothing) {
  EXPECT_EQ(nothing_found(library(), {.word = "sdm603", .maker = {}, .point = {}}),
            "no map matches 'sdm603'; did you mean 'sdm630'?");
  EXPECT_EQ(nothing_found(library(), {.word = {}, .maker = "eastorn", .point = {}}),
            "no map is of maker 'eastorn'; did you mean 'eastron'?");
  EXPECT_EQ(nothing_found(library(), {.word = {}, .maker = {}, .point = "reactive_q1_kvar"}),
            "no map has the point 'reactive_q1_kvar'; did you mean 'reactive_q1_kvarh'?");
  EXPECT_EQ(nothing_found(library(), {.word = {}, .maker = "abb", .point = "reactive_q1_kvarh"}),
            "no map matches all of that; ask for less");
}

TEST(MapReport, MarksTheMapsOfTheSite) {
  MapLibrary all = library();
  all.maps[1].of_the_site = true;
  const std::string list = map_list(search(all, {}));
  EXPECT_NE(list.find("eastron-sdm120 *"), std::string::npos);
  EXPECT_EQ(list.find("abb-b23 *"), std::string::npos);
  EXPECT_NE(list.find("* the site's own"), std::string::npos);
}

TEST(MapReport, ShowsEveryNotationOfARegisterAndWhatTheValueNeeds) {
  LibraryMap entry = map_of("m", "Nobody", "M1", "energy_import_kwh");
  meters::MapPoint& point = entry.map.points.front();
  point.table = meters::Table::kHolding;
  point.address = {52};
  point.type = meters::Type::kUint32;
  point.order = meters::WordOrder::kCDAB;
  point.unit = "Wh";
  point.scale = Decimal{10};
  point.invalid = {0xFFFFFFFF};
  point.modulus = Decimal(42'949'672'96, -2);
  const std::string sheet = map_sheet(entry);
  for (const char* part : {"holding 40053 (1-based 53, PDU 52 = 0x0034)", "uint32 CDAB", "Wh → kWh", "× 10",
                           "rolls over at 42949672.96", "no value: 0xFFFFFFFF"}) {
    EXPECT_NE(sheet.find(part), std::string::npos) << part << "\n" << sheet;
  }
  const Json json = map_sheet_json(entry);
  EXPECT_EQ(json["points"][0]["pdu_address"], 52);
  EXPECT_EQ(json["points"][0]["published_unit"], "kWh");
}

}  // namespace
}  // namespace submeter::tool
