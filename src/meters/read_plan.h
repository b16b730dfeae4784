// SPDX-License-Identifier: Apache-2.0
// Which registers to ask for together, by what asking costs. Pure.
//
// A read of N registers takes a serial line T(N) = (8 + 5 + 2N) · Tc + D + T3.5: the characters of the
// request and of the answer, the meter's turnaround, the silence between frames. So a hole is read along
// where its registers take less time than another request.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::meters {

/// What a meter is taken to need before it answers, until it is learnt: 20–60 ms are common on a serial line,
/// and behind a gateway.
inline constexpr std::chrono::milliseconds kAssumedTurnaround{20};

/// The time that reading takes on a bus.
struct ReadCost {
  std::chrono::nanoseconds framing{};     ///< Of a request and its answer without registers, and the silence.
  std::chrono::nanoseconds turnaround{};  ///< Of the meter; on TCP the round trip, too.
  std::chrono::nanoseconds per_register{};
  bool operator==(const ReadCost&) const = default;

  ReadCost with_turnaround(std::chrono::nanoseconds learnt) const { return {framing, learnt, per_register}; }
  /// Of one request for `registers`.
  std::chrono::nanoseconds of(std::size_t registers) const;
  /// Of all requests of a plan.
  std::chrono::nanoseconds of(std::span<const RegisterRange> plan) const;
};

/// Of a bus, also where its serial line is behind a device server.
ReadCost read_cost(const BusOptions& bus, std::chrono::nanoseconds turnaround = kAssumedTurnaround);

/// The cheapest requests that cover `wanted`; of equally cheap plans one with the fewest requests, of those
/// one with the fewest registers. A hole is read along where the map allows holes and it has at most
/// `limits.max_gap` registers; no request exceeds `limits.max_registers` unless one value does. In ascending
/// order; the same for any order of `wanted`.
std::vector<RegisterRange> plan_reads(std::span<const RegisterRange> wanted, const ReadLimits& limits,
                                      const ReadCost& cost);

}  // namespace submeter::meters
