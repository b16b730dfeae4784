// SPDX-License-Identifier: Apache-2.0
#include "tool/simulate_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/scalars.h"

namespace submeter::tool {
namespace {

using simulate::Faults;
using Words = std::vector<std::string>;

Words split(std::string_view text, char separator) {
  Words words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto percent = Decimal::parse(text.substr(0, text.size() - 1));
  if (!percent || percent->is_negative() || *percent > Decimal{100}) return std::nullopt;
  return percent->to_double() / 100.0;
}

Error wrong_fault(std::string_view text) {
  return {fmt::format(
      "'{}' is not a fault; expected dead, slow:800ms, silent:10%, crc:10%, truncate:10%, exception:5% or "
      "exception:5%:0x06",
      text)};
}

// The faults that are a share of the requests.
double* share_of(const std::string& kind, Faults& faults) {
  if (kind == "silent") return &faults.no_answer;
  if (kind == "crc") return &faults.bad_crc;
  if (kind == "truncate") return &faults.truncated;
  if (kind == "exception") return &faults.exception;
  return nullptr;
}

bool set_fault(const Words& words, Faults& faults) {
  if (words.size() == 1) return words[0] == "dead" && (faults.dead = true);
  if (words[0] == "slow" && words.size() == 2) {
    faults.turnaround = parse_duration(words[1]);
    return faults.turnaround.has_value();
  }
  const auto share = parse_share(words[1]);
  double* target = share_of(words[0], faults);
  if (!share || target == nullptr) return false;
  *target = *share;
  if (words.size() == 2) return true;
  const auto code = config::parse_unsigned(words[2]);
  if (words.size() > 3 || words[0] != "exception" || !code || *code == 0 || *code > 0x0B) return false;
  faults.exception_code = static_cast<std::uint8_t>(*code);
  return true;
}

std::optional<simulate::LoadShape> parse_shape(std::string_view word) {
  if (word == "office") return simulate::LoadShape::kOffice;
  if (word == "steady") return simulate::LoadShape::kSteady;
  if (word == "solar") return simulate::LoadShape::kSolar;
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(const std::string& text) {
  config::YamlNode node;
  node.kind = config::YamlNode::Kind::kScalar;
  node.text = text;
  const auto duration = config::as_duration(node);
  return duration.ok() ? std::optional<Duration>(*duration) : std::nullopt;
}

Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos || equals + 1 == text.size()) {
    return Error{fmt::format("'{}' has no meter; expected METER=…", text)};
  }
  return std::pair{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<void> add_fault(std::string_view text, Faults& faults) {
  if (!set_fault(split(text, ':'), faults)) return wrong_fault(text);
  return {};
}

Result<simulate::LoadChoice> parse_load(std::string_view text) {
  const Words words = split(text, ':');
  const auto shape = parse_shape(words[0]);
  const auto peak = words.size() == 2 ? Decimal::parse(words[1]) : std::nullopt;
  const bool peak_wrong = words.size() == 2 && (!peak || peak->is_negative() || *peak > Decimal{100'000});
  if (!shape || words.size() > 2 || peak_wrong) {
    return Error{fmt::format(
        "'{}' is not a load; expected office, steady or solar, with a peak in kW or without: solar:12.5",
        text)};
  }
  simulate::LoadChoice choice{
      .shape = *shape,
  };
  if (peak) choice.peak_kw = peak->to_double();
  return choice;
}

}  // namespace submeter::tool
