// SPDX-License-Identifier: Apache-2.0
#include "config/register_notation.h"

#include <fmt/core.h>

#include "config/scalars.h"

namespace submeter::config {

namespace {

Error impossible(std::string_view text, std::string_view numbers) {
  return {fmt::format("'{}' is no register number here; expected {}", shown(text), numbers)};
}

/// Counted from `first`, decimal or 0x….
Result<RegisterNumber> parse_counted(std::string_view text, std::uint64_t first, std::string_view numbers) {
  const auto number = parse_unsigned(text);
  if (!number || *number < first || *number > first + 0xFFFF) return impossible(text, numbers);
  return RegisterNumber{{static_cast<std::uint16_t>(*number - first)}, std::nullopt};
}

/// A leading digit for the table, then `digits` of a number counted from 1.
Result<RegisterNumber> parse_modicon(std::string_view text, std::size_t digits, std::uint64_t last,
                                     std::string_view numbers) {
  if (text.size() != digits + 1 || text.find_first_not_of("0123456789") != text.npos)
    return impossible(text, numbers);
  if (text.front() == '0' || text.front() == '1') {
    return Error{
        fmt::format("'{}' is a coil or discrete input, which this program does not read; expected {}",
                    shown(text), numbers)};
  }
  const auto number = parse_unsigned(text.substr(1));
  if ((text.front() != '3' && text.front() != '4') || !number || *number < 1 || *number > last) {
    return impossible(text, numbers);
  }
  const auto table = text.front() == '3' ? meters::Table::kInput : meters::Table::kHolding;
  return RegisterNumber{{static_cast<std::uint16_t>(*number - 1)}, table};
}

}  // namespace

Result<RegisterNumber> parse_register(std::string_view text, Notation notation) {
  switch (notation) {
    case Notation::kPdu:
      return parse_counted(text, 0, "0 to 65535 (0x0000 to 0xFFFF), as addressing is pdu");
    case Notation::kOneBased:
      return parse_counted(text, 1, "1 to 65536, as addressing is one_based");
    case Notation::kModicon5:
      return parse_modicon(text, 4, 9999, "30001 to 39999 or 40001 to 49999, as addressing is modicon5");
    case Notation::kModicon6:
      return parse_modicon(text, 5, 65536, "300001 to 365536 or 400001 to 465536, as addressing is modicon6");
  }
  return Error{"unknown notation"};
}

}  // namespace submeter::config
