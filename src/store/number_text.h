// SPDX-License-Identifier: Apache-2.0
// Numbers as records write them, and only where writing them again gives the same text: whole ("-12") or
// decimal with no zero at the end but the one behind the point ("48211.36", "100.0"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace submeter::store {

struct NumberText {
  std::int64_t mantissa = 0;  ///< The digits without the point.
  std::uint8_t decimals = 0;  ///< Digits behind the point; 0: there is no point.
  bool operator==(const NumberText&) const = default;

  /// Empty: no such number, or one that has no room.
  static std::optional<NumberText> parse(std::string_view text);
  /// The mantissa with more decimals; empty when it has no room.
  std::optional<std::int64_t> with_decimals(std::uint8_t more) const;
};

constexpr std::uint8_t kMostDecimals = 18;

/// Appends mantissa / 10^decimals; without a point when `decimals` is 0.
void append_number(std::string& out, std::int64_t mantissa, std::uint8_t decimals);

}  // namespace submeter::store
