// SPDX-License-Identifier: Apache-2.0
#include "clock/held_text.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace submeter::clock {
namespace {

using Json = nlohmann::json;

Json json_of(const Reading& reading) {
  Json values = Json::array();
  for (const PointValue& point : reading.values) values.push_back({point.name, point.value.to_string()});
  return {{"circuit", reading.circuit},
          {"meter", reading.meter},
          {"instant_ns", reading.instant.time_since_epoch().count()},
          {"due_ns", reading.due.time_since_epoch().count()},
          {"span_ns", reading.span.count()},
          {"q", to_string(reading.quality)},
          {"qf", reading.flags.to_string()},
          {"err", reading.error},
          {"values", std::move(values)}};
}

Json json_of(const Event& event) {
  Json fields = Json::array();
  for (const EventField& field : event.fields) fields.push_back({field.name, field.json});
  return {{"event", event.name},
          {"text", event.text},
          {"instant_ns", event.instant.time_since_epoch().count()},
          {"fields", std::move(fields)}};
}

MonoTime instant_at(const Json& json, const char* key) {
  return MonoTime(Duration(json.at(key).get<Duration::rep>()));
}

/// Throws what nlohmann throws; an empty optional when a name or number is unknown.
std::optional<Reading> reading_of(const Json& json) {
  Reading reading;
  reading.circuit = json.at("circuit").get<std::string>();
  reading.meter = json.at("meter").get<std::string>();
  reading.instant = instant_at(json, "instant_ns");
  reading.due = instant_at(json, "due_ns");
  reading.span = Duration(json.at("span_ns").get<Duration::rep>());
  const auto quality = parse_quality(json.at("q").get<std::string>());
  if (!quality) return std::nullopt;
  reading.quality = *quality;
  reading.flags = QualityFlags::parse(json.at("qf").get<std::string>());
  reading.error = json.at("err").get<std::string>();
  for (const Json& point : json.at("values")) {
    const auto value = Decimal::parse(point.at(1).get<std::string>());
    if (!value) return std::nullopt;
    reading.values.push_back({point.at(0).get<std::string>(), *value});
  }
  return reading;
}

Event event_of(const Json& json) {
  Event event{.name = json.at("event").get<std::string>(),
              .text = json.at("text").get<std::string>(),
              .instant = instant_at(json, "instant_ns"),
              .fields = {}};
  for (const Json& field : json.at("fields")) {
    event.fields.push_back({field.at(0).get<std::string>(), field.at(1).get<std::string>()});
  }
  return event;
}

}  // namespace

MonoTime Held::instant() const {
  return std::visit([](const auto& thing) { return thing.instant; }, what);
}

std::string to_text(const Held& held) {
  Json json{{"boot", held.boot},
            {"slewed_ns", held.slewed.count()},
            {"floor", held.floor.time_since_epoch().count()},
            {"shown", held.shown.time_since_epoch().count()},
            {"cfg", held.config}};
  const bool is_reading = std::holds_alternative<Reading>(held.what);
  json[is_reading ? "reading" : "happened"] =
      std::visit([](const auto& thing) { return json_of(thing); }, held.what);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Held> parse_held(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Held held{.boot = json.at("boot").get<std::string>(),
              .slewed = Duration(json.at("slewed_ns").get<Duration::rep>()),
              .floor = UtcTime(std::chrono::milliseconds(json.at("floor").get<std::int64_t>())),
              .shown = UtcTime(std::chrono::milliseconds(json.at("shown").get<std::int64_t>())),
              .config = json.at("cfg").get<std::string>(),
              .what = Event{}};
    if (json.contains("happened")) {
      held.what = event_of(json.at("happened"));
      return held;
    }
    auto reading = reading_of(json.at("reading"));
    if (!reading) return Error{"a value that this version does not know"};
    held.what = std::move(*reading);
    return held;
  } catch (const Json::exception& failure) {
    return Error{failure.what()};
  }
}

}  // namespace submeter::clock
