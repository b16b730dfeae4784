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
  return {fmt::format("'{}' is not a fault; expected {}", text, fault_words())};
}

const simulate::FaultKind* find_kind(std::string_view word) {
  const auto found = std::ranges::find(simulate::kFaultKinds, word, &simulate::FaultKind::word);
  return found == simulate::kFaultKinds.end() ? nullptr : &*found;
}

/// The third word: which exception, how late.
bool set_detail(simulate::Fault fault, const std::string& word, Faults& faults) {
  if (fault == simulate::Fault::kLate) {
    const auto lateness = parse_duration(word);
    faults.lateness = lateness.value_or(faults.lateness);
    return lateness.has_value();
  }
  const auto code = config::parse_unsigned(word);
  if (fault != simulate::Fault::kException || !code || *code == 0 || *code > 0x0B) return false;
  faults.exception_code = static_cast<std::uint8_t>(*code);
  return true;
}

bool set_fault(const Words& words, Faults& faults) {
  if (words.size() == 1) return words[0] == "dead" && (faults.dead = true);
  if (words[0] == "slow" && words.size() == 2) {
    faults.turnaround = parse_duration(words[1]);
    return faults.turnaround.has_value();
  }
  const auto share = parse_share(words[1]);
  const simulate::FaultKind* kind = find_kind(words[0]);
  if (!share || kind == nullptr || words.size() > 3) return false;
  faults.shares[kind->fault] = *share;
  return words.size() == 2 || set_detail(kind->fault, words[2], faults);
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

std::string fault_words() {
  std::string words = "dead, slow:800ms";
  for (const simulate::FaultKind& kind : simulate::kFaultKinds) words += fmt::format(", {}:5%", kind.word);
  return words + "; exception:5%:0x06 and late:5%:2s say which and how late";
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

Result<SerialLine> parse_line(std::string_view text) {
  const Words words = split(text, '-');
  const auto baud = config::parse_unsigned(words[0]);
  const std::string_view frame = words.size() == 2 ? std::string_view(words[1]) : std::string_view();
  const bool right = frame.size() == 3 && frame[0] == '8' &&
                     std::string_view("NEO").find(frame[1]) != std::string::npos &&
                     (frame[2] == '1' || frame[2] == '2');
  if (!baud || *baud < 300 || *baud > 115'200 || !right)
    return Error{fmt::format("'{}' is no setting of a serial line; expected one like 19200-8E1", text)};
  return SerialLine{.device = {},
                    .baud = static_cast<int>(*baud),
                    .parity = static_cast<Parity>(frame[1]),
                    .stop_bits = frame[2] - '0'};
}

}  // namespace submeter::tool
