// SPDX-License-Identifier: Apache-2.0
// Which registers to ask for together. Pure.
#pragma once

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

/// The fewest requests that cover `wanted`: neighbours are merged, a hole of at most `affordable_gap` registers (what a
/// request costs on this bus, in registers) is read along where the map allows holes, no request exceeds
/// `limits.max_registers`. In ascending order; the same for any order of `wanted`.
std::vector<RegisterRange> plan_reads(std::span<const RegisterRange> wanted, const ReadLimits& limits,
                                      std::uint16_t affordable_gap);

/// Registers whose bytes take as long on a serial line as one more request with its answer, its silent intervals and
/// the meter's turnaround. Modbus serial line spec 2.5.1.1; bench/README.md has the formula.
std::uint16_t affordable_gap(const SerialLine& line, std::chrono::nanoseconds turnaround);

}  // namespace submeter::meters
