// SPDX-License-Identifier: Apache-2.0
#include "meters/identification.h"

#include <fmt/format.h>

#include <algorithm>

#include "meters/decoder.h"
#include "meters/text_register.h"

namespace submeter::meters {
namespace {

/// A register read for itself: by its own scale only, no unit, no transformer.
BoundPoint plain(const MapPoint& reg) {
  return {.point = reg, .quantity = Quantity::kOther, .factor = reg.scale, .offset = reg.offset};
}

std::optional<Decimal> number_in(const MapPoint& reg, std::span<const std::uint16_t> words) {
  const Decoded decoded = decode(plain(reg), words);
  if (decoded.status != Decoded::Status::kValue) return std::nullopt;
  return decoded.value;
}

std::optional<Decimal> positive_in(const MapPoint& reg, std::span<const std::uint16_t> words) {
  const auto number = number_in(reg, words);
  return number && *number > Decimal(0) ? number : std::nullopt;
}

bool fits(std::string_view pattern, std::string_view text) {
  if (!pattern.ends_with('*')) return text == pattern;
  pattern.remove_suffix(1);
  return text.starts_with(pattern);
}

/// "400" where Decimal's own text is "400.0": people write ratios so.
std::string short_text(const Decimal& number) {
  std::string text = number.to_string();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

bool identifies(const Identify& identify, std::span<const std::uint16_t> words) {
  if (identify.reg.type == Type::kString) {
    const auto text = text_of(identify.reg, words);
    return text &&
           std::ranges::any_of(identify.texts, [&](const auto& pattern) { return fits(pattern, *text); });
  }
  const auto number = number_in(identify.reg, words);
  return number && std::ranges::count(identify.numbers, *number) != 0;
}

std::string identity_text(const Identify& identify, std::span<const std::uint16_t> words) {
  if (identify.reg.type == Type::kString) {
    const auto text = text_of(identify.reg, words);
    return text ? fmt::format("'{}'", *text) : "nothing";
  }
  const auto number = number_in(identify.reg, words);
  return number ? short_text(*number) : "nothing";
}

std::vector<std::uint16_t> identity_words(const Identify& identify) {
  if (identify.reg.type != Type::kString) return encode(plain(identify.reg), identify.numbers.front());
  std::string_view text = identify.texts.front();
  if (text.ends_with('*')) text.remove_suffix(1);
  return words_of(identify.reg, text);
}

std::string ProgrammedCt::to_string() const {
  if (gives == CtCheck::Gives::kRatio) return short_text(primary) + ":1";
  return secondary ? fmt::format("{}:{}", short_text(primary), short_text(*secondary))
                   : short_text(primary) + " A";
}

bool ProgrammedCt::agrees_with(const TransformerRatio& ct) const {
  if (gives == CtCheck::Gives::kRatio) return ct.secondary.times(primary) == ct.primary;
  return primary == ct.primary && (!secondary || *secondary == ct.secondary);
}

std::optional<ProgrammedCt> programmed_ct(const CtCheck& check, std::span<const std::uint16_t> words,
                                          std::span<const std::uint16_t> secondary_words) {
  const auto primary = positive_in(check.reg, words);
  if (!primary) return std::nullopt;
  ProgrammedCt programmed{check.gives, *primary, std::nullopt};
  if (!check.secondary || secondary_words.empty()) return programmed;
  programmed.secondary = positive_in(*check.secondary, secondary_words);
  return programmed.secondary ? std::optional(programmed) : std::nullopt;
}

std::optional<std::string> ct_contradiction(const ProgrammedCt& programmed, const TransformerRatio& ct) {
  if (programmed.agrees_with(ct)) return std::nullopt;
  return fmt::format("meter is programmed {}, config says {}:{}", programmed.to_string(),
                     short_text(ct.primary), short_text(ct.secondary));
}

}  // namespace submeter::meters
