// SPDX-License-Identifier: Apache-2.0
#include "simulate/replay_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>

namespace submeter::simulate {
namespace {

using std::chrono::seconds;

constexpr std::string_view kHeader = "start_unix_s,import_kwh,export_kwh";
constexpr std::size_t kMostRows = 10'000'000;
// What is not in the table: a load with a power factor of cos φ = 0.95.
constexpr double kReactiveShare = 0.328684;

struct Line {
  seconds start{};
  ReplayRow row;
};

std::optional<Line> parse_line(std::string_view text) {
  const std::size_t first = text.find(',');
  const std::size_t second = text.find(',', first == text.npos ? first : first + 1);
  if (second == text.npos) return std::nullopt;
  std::int64_t start = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + first, start);
  const auto import_kwh = Decimal::parse(text.substr(first + 1, second - first - 1));
  const auto export_kwh = Decimal::parse(text.substr(second + 1));
  if (status != std::errc{} || end != text.data() + first || !import_kwh || !export_kwh) return std::nullopt;
  if (import_kwh->is_negative() || export_kwh->is_negative()) return std::nullopt;
  return Line{.start = seconds{start}, .row = {*import_kwh, *export_kwh}};
}

std::string_view without_carriage_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Error wrong_line(const std::filesystem::path& csv, std::size_t number, std::string_view expected) {
  return {fmt::format("{}:{}: expected {}", csv.string(), number, expected)};
}

}  // namespace

Result<ReplayTable> load_replay(const std::filesystem::path& csv) {
  std::ifstream file(csv);
  std::string text;
  if (!std::getline(file, text)) return Error{fmt::format("cannot read {}", csv.string())};
  if (without_carriage_return(text) != kHeader)
    return wrong_line(csv, 1, fmt::format("the header '{}'", kHeader));
  ReplayTable table;
  std::optional<seconds> shortest;
  seconds previous{};
  for (std::size_t number = 2; std::getline(file, text); ++number) {
    const auto line = parse_line(without_carriage_return(text));
    if (!line)
      return wrong_line(csv, number,
                        "a time in seconds and two energies of at least 0, as 1386576000,0.0295,0.0");
    if (table.rows.size() == kMostRows) return wrong_line(csv, number, "no more than 10 million rows");
    if (!table.rows.empty()) {
      if (line->start <= previous)
        return wrong_line(csv, number, "a time later than that of the line before");
      shortest = std::min(shortest.value_or(seconds::max()), line->start - previous);
    }
    previous = line->start;
    table.rows.push_back(line->row);
  }
  if (table.rows.empty()) return wrong_line(csv, 2, "at least one row");
  table.row_duration = shortest.value_or(table.row_duration);
  return table;
}

ReplayLoad::ReplayLoad(ReplayTable table, std::chrono::milliseconds step, int phase_count)
    : table_(std::move(table)), step_(step), phase_count_(phase_count) {
  SUBMETER_CHECK(step_.count() > 0 && table_.row_duration.count() > 0);
}

LoadState ReplayLoad::at(Duration elapsed) {
  if (!first_question_) first_question_ = elapsed;
  const auto ended = static_cast<std::size_t>((elapsed - *first_question_) / step_);
  for (; row_ < std::min(ended, table_.rows.size()); ++row_) {
    const ReplayRow& row = table_.rows[row_];
    import_kwh_ = import_kwh_.plus(row.import_kwh).value_or(import_kwh_);
    export_kwh_ = export_kwh_.plus(row.export_kwh).value_or(export_kwh_);
    counter_.add(supply_of(row), table_.row_duration);
  }
  LoadState state;
  state.supply = supply_of(row_ < table_.rows.size() ? table_.rows[row_] : ReplayRow{});
  state.energy = counter_.totals();
  state.energy.import_kwh = import_kwh_;
  state.energy.export_kwh = export_kwh_;
  state.demand_kw = counter_.demand_kw();
  return state;
}

Supply ReplayLoad::supply_of(const ReplayRow& row) const {
  const double kilowatt_hours = row.import_kwh.to_double() - row.export_kwh.to_double();
  const double milliwatts = kilowatt_hours * 3.6e9 / static_cast<double>(table_.row_duration.count());
  Supply supply;
  supply.phase_count = phase_count_;
  for (int i = 0; i < 3; ++i) {
    Phase& phase = supply.phases.at(static_cast<std::size_t>(i));
    if (i >= phase_count_) {
      phase.voltage_mv = 0;
      continue;
    }
    phase.power_mw = std::llround(milliwatts / phase_count_);
    phase.reactive_mvar = std::llround(std::abs(milliwatts) / phase_count_ * kReactiveShare);
  }
  return supply;
}

}  // namespace submeter::simulate
