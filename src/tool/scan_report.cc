// SPDX-License-Identifier: Apache-2.0
#include "tool/scan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>

#include "tool/line_text.h"
#include "tool/register_words.h"

namespace submeter::tool {
namespace {

std::string place_text(const FoundMeter& meter) {
  return meter.line ? fmt::format("unit {} at {}", meter.unit.value, settings_text(meter.line))
                    : fmt::format("unit {}", meter.unit.value);
}

std::string range_text(const std::vector<UnitId>& units) {
  const bool consecutive = units.back().value - units.front().value + 1 == static_cast<int>(units.size());
  if (units.size() > 2 && consecutive) return fmt::format("{}-{}", units.front().value, units.back().value);
  std::vector<std::string> words;
  words.reserve(units.size());
  for (const UnitId unit : units) words.push_back(std::to_string(unit.value));
  return joined(words, ",");
}

template <class T>
void add_once(std::vector<std::string>& texts, const T& text) {
  if (!text.empty() && std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

/// The settings of most meters that were found.
std::optional<SerialLine> prevailing(const std::vector<FoundMeter>& found) {
  std::optional<SerialLine> best;
  std::ptrdiff_t most = 0;
  for (const FoundMeter& meter : found) {
    const auto count = std::ranges::count(found, meter.line, &FoundMeter::line);
    if (count > most) best = meter.line;
    most = std::max(most, count);
  }
  return best;
}

std::string bus_yaml(const ScanTarget& target, const std::optional<SerialLine>& line) {
  if (const auto* endpoint = std::get_if<TcpEndpoint>(&target.options.line))
    return fmt::format("  {}: {{type: tcp, host: {}, port: {}}}\n", target.bus, endpoint->host,
                       endpoint->port);
  const auto* own = std::get_if<SerialLine>(&target.options.line);
  return fmt::format("  {}: {{type: rtu, device: {}, baud: {}, parity: {}, stop_bits: {}}}\n", target.bus,
                     own == nullptr ? "" : own->device, line->baud, parity_word(line->parity),
                     line->stop_bits);
}

std::string points_yaml(const meters::RegisterMap& map) {
  std::vector<std::string> points;
  for (const char* usual : {"power_kw", "energy_import_kwh"}) {
    if (map.find(usual) != nullptr) points.emplace_back(usual);
  }
  if (points.empty()) points.push_back(map.points.front().name);
  return fmt::format("interval: 1min, points: [{}]", joined(points, ", "));
}

std::string meter_yaml(const FoundMeter& meter, const ScanTarget& target, std::string_view indent) {
  const MapGuess& guess = meter.guesses.front();
  const std::string id = fmt::format("meter-{}", meter.unit.value);
  std::string text = fmt::format("{}{}: {{bus: {}, unit: {}, map: {}", indent, id, target.bus,
                                 meter.unit.value, guess.map->name);
  const std::string reading = points_yaml(*guess.map);
  if (guess.map->channels == 1) {
    text += ", " + reading + "}";
  } else {
    text += ", circuits: {";
    for (int channel = 1; channel <= guess.map->channels; ++channel)
      text += fmt::format("{}{}-{}: {{channel: {}, {}}}", channel == 1 ? "" : ", ", id, channel, channel,
                          reading);
    text += "}}";
  }
  if (!guess.certain) text += "  # plausible only: compare with its display";
  if (guess.map->scaled == meters::ScaledSide::kSecondary)
    text += "  # add ct: {primary: …, secondary: 5, applied_by: gateway}";
  return text + "\n";
}

Json guess_json(const MapGuess& guess) {
  return {{"map", guess.map->name}, {"certain", guess.certain}, {"evidence", guess.evidence}};
}

Json place_json(const std::optional<SerialLine>& line, UnitId unit) {
  Json json{{"unit", unit.value}};
  if (!line) return json;
  json["baud"] = line->baud;
  json["parity"] = parity_word(line->parity);
  return json;
}

}  // namespace

std::string settings_text(const std::optional<SerialLine>& line) {
  if (!line) return "";
  return fmt::format("{} 8{}{}", line->baud, static_cast<char>(line->parity), line->stop_bits);
}

std::string long_time(Duration time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

std::string announcement(const ScanTarget& target, const std::vector<ScanPass>& passes,
                         Duration response_timeout) {
  std::vector<std::string> settings;
  std::vector<std::string> units;
  for (const ScanPass& pass : passes) {
    add_once(settings, settings_text(pass.line));
    add_once(units, range_text(pass.units) + (pass.if_gateway ? " if there is a gateway" : ""));
  }
  const auto* own = std::get_if<SerialLine>(&target.options.line);
  std::string text = fmt::format("scan of {}: ", own != nullptr ? own->device : line_text(target.options));
  if (!settings.empty()) text += joined(settings, ", ") + "; ";
  return text + fmt::format(
                    "units {}; holding, then input registers\n"
                    "at most {}, and {} for each meter that is found (mostly a few); nothing is written. "
                    "Ctrl-C ends it "
                    "and keeps what was found\n",
                    joined(units, ", then "), long_time(longest_time(passes, response_timeout)),
                    long_time(longest_recognition(response_timeout)));
}

std::string found_text(const FoundMeter& meter, const ScanTarget& target) {
  std::string text = place_text(meter) + ": ";
  if (meter.guesses.empty()) {
    text += "a meter, but no map fits; `submeter probe` looks at its registers";
  } else {
    const MapGuess& best = meter.guesses.front();
    text += fmt::format("{}{} ({})", best.certain ? "" : "plausibly ", best.map->name, best.evidence);
    std::vector<std::string> others;
    for (std::size_t i = 1; i < meter.guesses.size() && i < 4; ++i)
      others.push_back(meter.guesses[i].map->name);
    if (!others.empty()) text += ", or " + joined(others, ", ");
    if (meter.guesses.size() > 4) text += fmt::format(" and {} more", meter.guesses.size() - 4);
  }
  const auto known = target.known.find(meter.unit);
  if (known != target.known.end()) text += fmt::format(" (configured as {})", known->second);
  return text;
}

std::vector<std::string> advice(const Scanner& scanner, const ScanTarget& target) {
  std::vector<std::string> lines;
  for (const auto& [line, unit] : scanner.garbled()) {
    lines.push_back(fmt::format(
        "{}: only damaged answers; two meters may have this address, or the cable lacks termination or bias",
        place_text({.line = line, .unit = unit, .guesses = {}})));
  }
  const bool tcp = std::holds_alternative<TcpEndpoint>(target.options.line);
  if (tcp && !scanner.saw_gateway() && scanner.found().size() > 1)
    lines.emplace_back(
        "it answers as several units and names none that is missing: most likely one meter, unit 1");
  if (tcp && !scanner.saw_gateway() && scanner.found().size() == 1)
    lines.emplace_back(
        "units behind a gateway that says nothing of missing ones are found with --units 2-247");
  if (scanner.found().empty()) {
    lines.emplace_back(
        tcp ? "nothing answered: is this a Modbus port, and is another master connected?"
            : "nothing answered: swap A and B, check ground and the meters' supply; other speeds are "
              "tried with --baud 2400,4800,38400, all parities with --parity none,even,odd");
  }
  return lines;
}

std::string yaml_text(const std::vector<FoundMeter>& found, const ScanTarget& target) {
  const std::optional<SerialLine> line = prevailing(found);
  std::string here;
  std::string elsewhere;
  std::set<UnitId> named;
  for (const FoundMeter& meter : found) {
    if (meter.guesses.empty() || target.known.contains(meter.unit)) continue;
    if (meter.line == line && named.insert(meter.unit).second) here += meter_yaml(meter, target, "  ");
    if (meter.line == line) continue;
    elsewhere += fmt::format("  # is at {}: set it to {} first, a bus has one setting\n",
                             settings_text(meter.line), settings_text(line)) +
                 meter_yaml(meter, target, "  # ");
  }
  if (here.empty() && elsewhere.empty()) return {};
  const bool settings_fit = target.options.serial_line() == nullptr ||
                            settings_text(*target.options.serial_line()) == settings_text(line);
  const std::string bus = target.configured && settings_fit ? "" : "buses:\n" + bus_yaml(target, line);
  return bus + "meters:\n" + here + elsewhere;
}

Json scan_json(const Scanner& scanner, const ScanTarget& target) {
  Json meters = Json::array();
  for (const FoundMeter& meter : scanner.found()) {
    Json json = place_json(meter.line, meter.unit);
    json["maps"] = Json::array();
    for (const MapGuess& guess : meter.guesses) json["maps"].push_back(guess_json(guess));
    const auto known = target.known.find(meter.unit);
    if (known != target.known.end()) json["configured_as"] = known->second;
    meters.push_back(std::move(json));
  }
  Json garbled = Json::array();
  for (const auto& [line, unit] : scanner.garbled()) garbled.push_back(place_json(line, unit));
  return {{"bus", target.bus},
          {"complete", scanner.complete()},
          {"meters", meters},
          {"garbled", garbled},
          {"advice", advice(scanner, target)},
          {"yaml", yaml_text(scanner.found(), target)}};
}

}  // namespace submeter::tool
