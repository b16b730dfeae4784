// SPDX-License-Identifier: Apache-2.0
// Small types for numbers that must not be mistaken for each other.
#pragma once

#include <compare>
#include <cstdint>

namespace submeter {

/// The address of a meter on its bus: 1–247 on a serial line, 0–255 behind a TCP gateway.
struct UnitId {
  std::uint8_t value = 0;
  auto operator<=>(const UnitId&) const = default;
};

/// A register as it stands in the PDU, counted from 0. People's notations become this in config.
struct RegisterAddress {
  std::uint16_t value = 0;
  auto operator<=>(const RegisterAddress&) const = default;
};

/// The place of a record in its stream, counted from 1 without holes. 0: before the first.
struct Sequence {
  std::uint64_t value = 0;
  auto operator<=>(const Sequence&) const = default;
  Sequence next() const { return {value + 1}; }
};

}  // namespace submeter
