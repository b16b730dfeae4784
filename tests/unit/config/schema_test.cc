// SPDX-License-Identifier: Apache-2.0
// The JSON schemas that editors use know exactly the keys, required keys and words that the loader knows.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "config/map_sections.h"
#include "config/mqtt_section.h"
#include "config/service_sections.h"
#include "config/site_draft.h"

namespace submeter::config {

namespace {

using nlohmann::json;
using Words = std::set<std::string>;

json schema(const std::string& name) {
  return json::parse(std::ifstream(std::string(SUBMETER_SOURCE_DIR) + "/config/schema/" + name + "-1.json"));
}

Words keys_of(const Shape& shape, bool only_required) {
  Words names;
  for (const Shape::Key& key : shape.keys) {
    if (key.presence == Presence::kUnsupported) continue;
    if (!only_required || key.presence == Presence::kRequired) names.emplace(key.name);
  }
  return names;
}

/// A YAML 5 and a YAML "5" are the same word to the loader.
Words words_of(const json& values) {
  Words words;
  for (const json& value : values) words.insert(value.is_string() ? value.get<std::string>() : value.dump());
  return words;
}

void expect_same(const Shape& shape, const json& object) {
  SCOPED_TRACE(shape.name);
  Words properties;
  for (const auto& [name, property] : object.at("properties").items()) properties.insert(name);
  EXPECT_EQ(properties, keys_of(shape, false));
  EXPECT_EQ(words_of(object.value("required", json::array())), keys_of(shape, true));
  EXPECT_EQ(object.value("additionalProperties", json()), json(false));
  for (const Shape::Key& key : shape.keys) {
    const json property = object["properties"].value(std::string(key.name), json::object());
    EXPECT_EQ(words_of(property.value("enum", json::array())), Words(key.words.begin(), key.words.end()))
        << key.name;
  }
}

void expect_same(const std::string& schema_name, const std::vector<const Shape*>& shapes) {
  const json document = schema(schema_name);
  Words known;
  for (const Shape* shape : shapes) {
    known.emplace(shape->name);
    expect_same(*shape, document.at("$defs").at(std::string(shape->name)));
  }
  for (const auto& [name, definition] : document.at("$defs").items()) {
    if (!definition.contains("properties")) continue;
    EXPECT_EQ(known.count(name), 1U) << "the loader has no section " << name;
  }
}

TEST(ConfigSchema, KnowsWhatTheLoaderKnows) {
  expect_same("config",
              {&root_section().shape(), &gateway_section().shape(), &clock_section().shape(),
               &rtu_section().shape(), &rtu_over_tcp_section().shape(), &tcp_section().shape(),
               &tcp_tls_section().shape(), &meter_section().shape(), &circuit_section().shape(),
               &point_section().shape(), &transformer_section().shape(),
               &current_transformer_section().shape(), &mqtt_section().shape(), &batch_section().shape(),
               &store_section().shape(), &data_log_section().shape(), &log_section().shape()});
}

TEST(MapSchema, KnowsWhatTheLoaderKnows) {
  expect_same("map",
              {&map_section().shape(), &map_point_section().shape(), &scale_from_section().shape(),
               &identify_section().shape(), &ct_check_section().shape(), &ct_secondary_section().shape(),
               &limits_section().shape(), &map_serial_section().shape(), &channels_section().shape()});
}

TEST(MapSchema, KnowsTheNamesOfPoints) {
  Words names;
  for (const meters::PointInfo& info : meters::standard_points()) names.emplace(info.name);
  EXPECT_EQ(words_of(schema("map").at("$defs").at("point_name").at("enum")), names);
}

}  // namespace

}  // namespace submeter::config
