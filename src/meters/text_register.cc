// SPDX-License-Identifier: Apache-2.0
#include "meters/text_register.h"

#include <algorithm>

namespace submeter::meters {
namespace {

bool low_byte_first(const MapPoint& point) {
  return point.order == WordOrder::kBADC || point.order == WordOrder::kDCBA;
}

bool is_printable(char character) {
  return character >= ' ' && character <= '~';
}

}  // namespace

std::optional<std::string> text_of(const MapPoint& point, std::span<const std::uint16_t> words) {
  std::string text;
  for (const std::uint16_t word : words) {
    const auto high = static_cast<char>(word >> 8);
    const auto low = static_cast<char>(word & 0xFF);
    text += low_byte_first(point) ? low : high;
    text += low_byte_first(point) ? high : low;
  }
  text.resize(std::min(text.find('\0'), text.size()));
  if (!std::ranges::all_of(text, is_printable)) return std::nullopt;
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return std::nullopt;
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

std::vector<std::uint16_t> words_of(const MapPoint& point, std::string_view text) {
  std::vector<std::uint16_t> words(point.length);
  for (std::size_t i = 0; i < std::min(text.size(), 2 * words.size()); ++i) {
    const bool is_high = (i % 2 == 0) != low_byte_first(point);
    const auto byte = static_cast<std::uint8_t>(text[i]);
    words[i / 2] = static_cast<std::uint16_t>(words[i / 2] | (is_high ? byte << 8 : byte));
  }
  return words;
}

}  // namespace submeter::meters
