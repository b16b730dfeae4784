// SPDX-License-Identifier: Apache-2.0
#include "records/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace submeter::records {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

struct Utf8Part {
  std::size_t length;
  bool valid;
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

/// How many bytes follow a lead byte and what the first of them may be (Unicode 15, table 3-7); the range
/// keeps out overlong forms, surrogates and what is beyond U+10FFFF.
struct Utf8Lead {
  std::size_t followers;
  std::uint8_t first_low = 0x80;
  std::uint8_t first_high = 0xBF;
};

Utf8Lead classify(std::uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {0};
}

/// The next character of `text`, or as much of a broken one as belongs together.
Utf8Part next_part(std::string_view text) {
  if (byte_at(text, 0) < 0x80) return {1, true};
  const Utf8Lead lead = classify(byte_at(text, 0));
  if (lead.followers == 0) return {1, false};
  for (std::size_t i = 1; i <= lead.followers; ++i) {
    const std::uint8_t low = i == 1 ? lead.first_low : 0x80;
    const std::uint8_t high = i == 1 ? lead.first_high : 0xBF;
    if (i >= text.size() || byte_at(text, i) < low || byte_at(text, i) > high) return {i, false};
  }
  return {lead.followers + 1, true};
}

void append_escaped(std::string& out, std::string_view character) {
  const std::uint8_t byte = byte_at(character, 0);
  if (byte == '"' || byte == '\\') {
    (out += '\\') += character;
  } else if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
  } else {
    out += character;
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const Utf8Part part = next_part(text);
    append_escaped(out, part.valid ? text.substr(0, part.length) : kReplacementCharacter);
    text.remove_prefix(part.length);
  }
  out += '"';
  return out;
}

FlatObject& FlatObject::json(std::string_view name, std::string_view value) {
  bytes_ += bytes_.empty() ? "{\"" : ",\"";
  ((bytes_ += name) += "\":") += value;
  return *this;
}

std::string FlatObject::finish() {
  return bytes_.empty() ? "{}" : std::move(bytes_ += '}');
}

}  // namespace submeter::records
