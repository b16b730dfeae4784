// SPDX-License-Identifier: Apache-2.0
#include "daemon/home_assistant.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "meters/points.h"

namespace submeter::daemon {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

CircuitOptions circuit(const std::string& id, std::vector<PointOptions> points) {
  CircuitOptions made;
  made.id = id;
  made.points = std::move(points);
  return made;
}

Options site() {
  Options options;
  options.gateway = {"hq", "gw-0042"};
  options.mqtt.emplace().home_assistant = true;
  options.meters.resize(1);
  options.meters[0].id = "ups-a";
  options.meters[0].map = "m";
  options.meters[0].circuits = {circuit("ups-a", {{"power_kw", 5s}})};
  return options;
}

json sensor(const Options& options, const std::string& object) {
  const auto all = home_assistant_messages(options, {});
  const auto found = all.find("homeassistant/sensor/submeter-hq-GW-gw-0042/" + object + "/config");
  return found == all.end() ? json() : json::parse(found->second);
}

TEST(HomeAssistant, IsToldNothingUnlessAskedFor) {
  Options options = site();
  options.mqtt->home_assistant = false;
  EXPECT_TRUE(home_assistant_messages(options, {}).empty());
}

TEST(HomeAssistant, KnowsEveryPointByTopicAndId) {
  Options options = site();
  std::set<std::string> ids;
  auto& points = options.meters[0].circuits[0].points;
  points.clear();
  for (const auto& point : meters::standard_points()) points.push_back({std::string(point.name), 5s});
  const auto all = home_assistant_messages(options, {});
  EXPECT_EQ(all.size(), points.size() + 1);
  for (const auto& [topic, payload] : all) ids.insert(json::parse(payload)["unique_id"].get<std::string>());
  EXPECT_EQ(ids.size(), all.size());
}

// A circuit "a" with a point "x_power_kw", a circuit "a_x" with "power_kw".
TEST(HomeAssistant, TellsApartWhatOnlyTheBorderTellsApart) {
  Options options = site();
  options.meters[0].circuits = {circuit("a", {{"x_power_kw", 5s}}), circuit("a_x", {{"power_kw", 5s}})};
  EXPECT_EQ(home_assistant_messages(options, {}).size(), 3U);
}

TEST(HomeAssistant, ExpiresThreeReadingsLateButNotWithinTheMinuteOfASilentMeter) {
  Options options = site();
  EXPECT_EQ(sensor(options, "ups-a-power_kw")["expire_after"], 180);
  options.meters[0].circuits[0].points[0].interval = 5min;
  EXPECT_EQ(sensor(options, "ups-a-power_kw")["expire_after"], 900);
}

TEST(HomeAssistant, KeepsAPointAsItIsInMessagesInWhichItIsNotDue) {
  Options options = site();
  options.meters[0].circuits[0].points = {{"power_kw", 60s}, {"pf", 90s}, {"frequency_hz", 30s}};
  const auto keeps = [&options](const std::string& point) {
    return sensor(options, "ups-a-" + point)["value_template"].get<std::string>().find("else ''") !=
           std::string::npos;
  };
  EXPECT_TRUE(keeps("power_kw"));  // not at 90 s
  EXPECT_TRUE(keeps("pf"));
  EXPECT_FALSE(keeps("frequency_hz"));
}

TEST(HomeAssistant, SaysNothingOfAPointOfTheSitesOwnThatItDoesNotKnow) {
  Options options = site();
  options.meters[0].circuits[0].points = {{"x_firmware", 5s}};
  const json config = sensor(options, "ups-a-x_firmware");
  EXPECT_EQ(config["name"], "X firmware");
  for (const char* key : {"device_class", "state_class", "unit_of_measurement"}) {
    EXPECT_FALSE(config.contains(key)) << key;
  }
}

TEST(HomeAssistant, NamesMakerAndModelOfTheMap) {
  const Options options = site();
  meters::RegisterMap map;
  map.maker = "Eastron";
  map.models = {"SDM630-Modbus V2", "another"};
  const auto all = home_assistant_messages(options, {{"m", map}});
  const json device = json::parse(all.rbegin()->second)["device"];
  EXPECT_EQ(device["manufacturer"], "Eastron");
  EXPECT_EQ(device["model"], "SDM630-Modbus V2");
}

}  // namespace
}  // namespace submeter::daemon
