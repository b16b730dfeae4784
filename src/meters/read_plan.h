// SPDX-License-Identifier: Apache-2.0
// Which registers to ask for together. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "meters/register_map.h"

namespace submeter::meters {

/// Consecutive registers of one table; never split over two answers.
struct RegisterRange {
  Table table = Table::kInput;
  RegisterAddress address;
  std::uint16_t count = 0;
  auto operator<=>(const RegisterRange&) const = default;
};

/// The fewest requests that cover `wanted`, and of those plans the one that reads the fewest registers:
/// neighbours are merged, a hole of at most `affordable_gap` registers (what a request costs on this bus, in
/// registers) and at most `limits.max_gap` is read along where the map allows holes, no request exceeds
/// `limits.max_registers` unless one value does. In ascending order; the same for any order of `wanted`.
std::vector<RegisterRange> plan_reads(std::span<const RegisterRange> wanted, const ReadLimits& limits,
                                      std::uint16_t affordable_gap);

/// The largest hole h that costs less than another request on a serial line: h < (13·Tc + T3.5 + D) / (2·Tc),
/// where Tc is the time of a character, 13 the characters of a request and of an empty answer, T3.5 the
/// silent interval (Modbus serial line spec 2.5.1.1) and D the meter's turnaround.
std::uint16_t affordable_gap(const SerialLine& line, std::chrono::nanoseconds turnaround);
/// The same for any bus, with kAssumedTurnaround. On TCP a register costs microseconds and a request a round
/// trip, so a hole is worth as much as an answer can carry.
std::uint16_t affordable_gap(const BusOptions& bus);

/// What a meter is taken to need before it answers, until it is learnt: 20–60 ms are common.
inline constexpr std::chrono::milliseconds kAssumedTurnaround{20};

}  // namespace submeter::meters
