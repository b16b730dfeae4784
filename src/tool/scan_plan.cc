// SPDX-License-Identifier: Apache-2.0
#include "tool/scan_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "config/scalars.h"
#include "modbus/rtu_master.h"

namespace submeter::tool {
namespace {

using meters::Table;

constexpr int kLastUnit = 247;  // Modbus serial line spec V1.02, 2.2
constexpr int kLastQuickUnit = 32;
constexpr int kRequestSize = 8;  // address, function, register, count, CRC
constexpr int kAnswerSize = 7;   // address, function, byte count, register, CRC

bool alike(const SerialLine& a, const SerialLine& b) {
  return a.baud == b.baud && a.parity == b.parity;
}

bool has(const std::vector<SerialLine>& lines, const SerialLine& line) {
  return std::ranges::any_of(lines, [&line](const SerialLine& other) { return alike(line, other); });
}

std::vector<SerialLine> by_frequency(const std::vector<SerialLine>& makers) {
  std::vector<std::pair<std::ptrdiff_t, SerialLine>> counted;
  for (const SerialLine& line : makers) {
    const bool seen =
        std::ranges::any_of(counted, [&line](const auto& entry) { return alike(entry.second, line); });
    if (seen) continue;
    const auto count =
        std::ranges::count_if(makers, [&line](const SerialLine& other) { return alike(line, other); });
    counted.emplace_back(count, line);
  }
  std::ranges::stable_sort(counted, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<SerialLine> lines;
  lines.reserve(counted.size());
  for (const auto& [count, line] : counted) lines.push_back(line);
  return lines;
}

template <class T>
bool allows(const std::vector<T>& wished, const T& value) {
  return wished.empty() || std::ranges::find(wished, value) != wished.end();
}

/// What was asked for by name and no maker has; a parity alone at every speed that is likely at all.
void add_wished(const ScanWish& wish, const std::vector<SerialLine>& likely, std::vector<SerialLine>& lines) {
  if (wish.bauds.empty() && wish.parities.empty()) return;
  std::vector<int> bauds = wish.bauds;
  if (bauds.empty()) {
    for (const SerialLine& line : likely) bauds.push_back(line.baud);
  }
  const std::vector<Parity> all{Parity::kEven, Parity::kNone, Parity::kOdd};
  for (const int baud : bauds) {
    for (const Parity parity : wish.parities.empty() ? all : wish.parities) {
      const SerialLine line{.device = {}, .baud = baud, .parity = parity};
      if (!has(lines, line)) lines.push_back(line);
    }
  }
}

std::vector<UnitId> units_between(int first, int last) {
  std::vector<UnitId> units;
  for (int unit = first; unit <= last; ++unit) units.push_back({static_cast<std::uint8_t>(unit)});
  return units;
}

std::pair<std::vector<UnitId>, std::vector<UnitId>> quick_and_rest(const ScanWish& wish) {
  const std::vector<UnitId> units = wish.units.empty() ? units_between(1, kLastUnit) : wish.units;
  std::pair<std::vector<UnitId>, std::vector<UnitId>> parts;
  for (const UnitId unit : units) {
    const bool quick = unit.value >= 1 && unit.value <= kLastQuickUnit;
    if (quick) parts.first.push_back(unit);
    if (!quick && !wish.quick) parts.second.push_back(unit);
  }
  return parts;
}

Duration longest_question(const std::optional<SerialLine>& line, Duration response_timeout) {
  if (!line) return response_timeout;
  // An answer that begins at the last moment, breaks off, and is then waited for.
  return line->character_time() * (kRequestSize + kAnswerSize) + response_timeout + line->silence() +
         modbus::RtuMaster::kPauseInAnswer;
}

}  // namespace

std::vector<SerialLine> settings_to_try(const std::optional<SerialLine>& configured,
                                        const std::vector<SerialLine>& makers, const ScanWish& wish) {
  std::vector<SerialLine> candidates = by_frequency(makers);
  if (configured) candidates.insert(candidates.begin(), *configured);
  std::vector<SerialLine> lines;
  for (const SerialLine& line : candidates) {
    const bool wished = allows(wish.bauds, line.baud) && allows(wish.parities, line.parity);
    if (wished && !has(lines, line)) lines.push_back(line);
  }
  add_wished(wish, candidates, lines);
  return lines;
}

std::vector<ScanPass> serial_passes(const std::vector<SerialLine>& settings, const ScanWish& wish) {
  const auto [quick, rest] = quick_and_rest(wish);
  std::vector<ScanPass> passes;
  for (const auto& units : {quick, rest}) {
    for (const Table table : {Table::kHolding, Table::kInput}) {
      for (const SerialLine& line : settings) {
        if (!units.empty()) passes.push_back({.line = line, .table = table, .units = units});
      }
    }
  }
  return passes;
}

std::vector<ScanPass> tcp_passes(const ScanWish& wish) {
  const std::vector<UnitId> direct{{1}, {0}, {255}};
  std::vector<ScanPass> passes;
  const auto add = [&passes](const std::vector<UnitId>& units, bool if_gateway) {
    for (const Table table : {Table::kHolding, Table::kInput}) {
      if (!units.empty())
        passes.push_back({.line = {}, .table = table, .units = units, .if_gateway = if_gateway});
    }
  };
  if (!wish.units.empty()) {
    add(wish.units, false);
    return passes;
  }
  add(direct, false);
  add(units_between(2, wish.quick ? kLastQuickUnit : kLastUnit), true);
  return passes;
}

Duration longest_time(const std::vector<ScanPass>& passes, Duration response_timeout) {
  Duration time{};
  for (const ScanPass& pass : passes)
    time += longest_question(pass.line, response_timeout) * static_cast<Duration::rep>(pass.units.size());
  return time;
}

Result<std::vector<UnitId>> parse_units(const std::string& text) {
  std::set<unsigned> units;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const std::size_t dash = part.find('-');
    const auto first = config::parse_unsigned(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : config::parse_unsigned(part.substr(dash + 1));
    if (!first || !last || *first > *last || *last > 255)
      return Error{fmt::format("--units {}: expected units from 0 to 255, like 1-32 or 1,2,7", text)};
    for (auto unit = static_cast<unsigned>(*first); unit <= *last; ++unit) units.insert(unit);
    at = end + 1;
  }
  std::vector<UnitId> result;
  result.reserve(units.size());
  for (const unsigned unit : units) result.push_back({static_cast<std::uint8_t>(unit)});
  return result;
}

}  // namespace submeter::tool
