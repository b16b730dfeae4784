// SPDX-License-Identifier: Apache-2.0
#include "daemon/home_assistant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string_view>
#include <utility>

#include "daemon/status_report.h"
#include "daemon/version.h"
#include "meters/points.h"
#include "publish/topics.h"

namespace submeter::daemon {
namespace {

using meters::Quantity;
using Messages = publish::Announcer::Messages;

/// How Home Assistant shows a quantity. Its classes and their units have grown over the years, and an entity
/// with a class that an older one does not know is refused: so W-like units are given where kW-like ones came
/// late (var, VA), and no class where there was none for long (kvarh, kVAh).
struct Presentation {
  const char* device_class;  // "": none
  const char* state_class;   // "": not a number for certain
  const char* unit;          // "": none
  bool thousandfold = false;
};

Presentation presentation_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::kActiveEnergy:
      return {"energy", "total_increasing", "kWh"};
    case Quantity::kReactiveEnergy:
      return {"", "total_increasing", "kvarh"};
    case Quantity::kApparentEnergy:
      return {"", "total_increasing", "kVAh"};
    case Quantity::kActivePower:
      return {"power", "measurement", "kW"};
    case Quantity::kReactivePower:
      return {"reactive_power", "measurement", "var", true};
    case Quantity::kApparentPower:
      return {"apparent_power", "measurement", "VA", true};
    case Quantity::kPowerFactor:
      return {"power_factor", "measurement", ""};
    case Quantity::kVoltage:
      return {"voltage", "measurement", "V"};
    case Quantity::kCurrent:
      return {"current", "measurement", "A"};
    case Quantity::kFrequency:
      return {"frequency", "measurement", "Hz"};
    case Quantity::kTemperature:
      return {"temperature", "measurement", "°C"};
    case Quantity::kOther:
      break;
  }
  return {"", "", ""};
}

/// A point that is not due in every message leaves the entity as it is (""). A bad reading, and a value that
/// should be there and is not, make it unknown ("None").
std::string value_template(const std::string& point, bool in_every_message, bool thousandfold) {
  const std::string value = fmt::format("value_json.{}{}", point, thousandfold ? " * 1000) | round(3)" : "");
  return fmt::format("{{{{ {}{} if value_json.{} is defined else {} }}}}", thousandfold ? "(" : "", value,
                     point, in_every_message ? "'None'" : "('None' if value_json.q == 'bad' else '')");
}

/// "power_l1_kw" → "Power L1".
std::string name_of(std::string_view point, Quantity quantity) {
  const bool has_unit = quantity != Quantity::kPowerFactor && quantity != Quantity::kOther;
  std::string name(point.substr(0, has_unit ? point.rfind('_') : point.npos));
  if (quantity == Quantity::kPowerFactor) name.replace(0, 2, "power factor");
  std::replace(name.begin(), name.end(), '_', ' ');
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

/// Three readings late, but longer than the minute after which a silent meter is told of again.
std::int64_t expire_after_s(milliseconds interval) {
  using namespace std::chrono_literals;
  return std::chrono::ceil<std::chrono::seconds>(std::max<milliseconds>(3 * interval, 3min)).count();
}

class Discovery {
 public:
  Discovery(const Options& options, const std::map<std::string, meters::RegisterMap>& maps)
      : gateway_(options.gateway), topics_(options.gateway, options.mqtt->topic_root), maps_(maps) {
    add_gateway();
    for (const MeterOptions& meter : options.meters) {
      for (const CircuitOptions& circuit : meter.circuits) add_circuit(meter, circuit);
    }
  }
  Messages take() { return std::move(messages_); }

 private:
  // Ids have no capital letters and points no '-': no two of them make the same topic.
  std::string node() const { return fmt::format("submeter-{}-GW-{}", gateway_.site, gateway_.id); }
  std::string identity() const { return fmt::format("submeter/{}/{}", gateway_.site, gateway_.id); }

  void add(const std::string& kind, const std::string& object, Json config) {
    config["origin"] = {{"name", "submeter-collector"}, {"sw_version", kVersion}};
    messages_[fmt::format("homeassistant/{}/{}/{}/config", kind, node(), object)] = to_text(config);
  }

  /// The meters' devices need one to be behind.
  void add_gateway() {
    add("binary_sensor", "status",
        {{"name", "Connection"},
         {"unique_id", identity() + "/status"},
         {"device_class", "connectivity"},
         {"entity_category", "diagnostic"},
         {"state_topic", topics_.status()},
         {"payload_on", publish::kOnline},
         {"payload_off", publish::kOffline},
         {"device",
          {{"identifiers", {identity()}},
           {"name", gateway_.id},
           {"manufacturer", "submeter-collector"},
           {"sw_version", kVersion}}}});
  }

  Json device_of(const MeterOptions& meter) const {
    Json device{
        {"identifiers", {identity() + "/" + meter.id}}, {"name", meter.id}, {"via_device", identity()}};
    if (const auto map = maps_.find(meter.map); map != maps_.end()) {
      if (!map->second.maker.empty()) device["manufacturer"] = map->second.maker;
      device["model"] = map->second.models.empty() ? meter.map : map->second.models.front();
    }
    return device;
  }

  static bool in_every_message(const PointOptions& point, const CircuitOptions& circuit) {
    return std::ranges::all_of(circuit.points, [&point](const PointOptions& other) {
      return other.interval % point.interval == milliseconds::zero();
    });
  }

  void add_circuit(const MeterOptions& meter, const CircuitOptions& circuit) {
    const auto shortest = std::ranges::min(circuit.points, {}, &PointOptions::interval).interval;
    for (const PointOptions& point : circuit.points) {
      const auto quantity = meters::quantity_of(point.name).value_or(Quantity::kOther);
      const Presentation shown = presentation_of(quantity);
      const std::string name = name_of(point.name, quantity);
      Json config{{"name", circuit.id == meter.id ? name : circuit.id + " " + name},
                  {"unique_id", fmt::format("{}/c/{}/{}", identity(), circuit.id, point.name)},
                  {"state_topic", topics_.last(circuit.id)},
                  {"value_template",
                   value_template(point.name, in_every_message(point, circuit), shown.thousandfold)},
                  {"availability_topic", topics_.status()},
                  {"payload_available", publish::kOnline},
                  {"payload_not_available", publish::kOffline},
                  {"expire_after", expire_after_s(shortest)},
                  {"device", device_of(meter)}};
      for (const auto& [key, value] : {std::pair{"device_class", shown.device_class},
                                       {"state_class", shown.state_class},
                                       {"unit_of_measurement", shown.unit}}) {
        if (*value != '\0') config[key] = value;
      }
      add("sensor", fmt::format("{}-{}", circuit.id, point.name), std::move(config));
    }
  }

  const GatewayOptions& gateway_;
  const publish::Topics topics_;
  const std::map<std::string, meters::RegisterMap>& maps_;
  Messages messages_;
};

}  // namespace

Messages home_assistant_messages(const Options& options,
                                 const std::map<std::string, meters::RegisterMap>& maps) {
  if (!options.mqtt->home_assistant) return {};
  return Discovery(options, maps).take();
}

}  // namespace submeter::daemon
