// SPDX-License-Identifier: Apache-2.0
#include "meters/read_plan.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace submeter::meters {
namespace {

using std::chrono::nanoseconds;

/// The best plan for the ranges before an index: what it costs, and where its last request begins.
struct Prefix {
  nanoseconds time = nanoseconds::max();
  std::size_t requests = 0;
  std::size_t registers = 0;
  std::size_t last_begin = 0;

  bool beats(const Prefix& other) const {
    return std::tie(time, requests, registers) < std::tie(other.time, other.requests, other.registers);
  }
};

int end_of(const RegisterRange& range) {
  return range.address.value + range.count;
}

/// Sorted, without the ranges that lie in others: those cost nothing. Begins and ends both ascend then.
std::vector<RegisterRange> outermost(std::span<const RegisterRange> wanted) {
  std::vector<RegisterRange> sorted(wanted.begin(), wanted.end());
  std::ranges::sort(sorted, [](const RegisterRange& a, const RegisterRange& b) {
    return std::tie(a.table, a.address, b.count) < std::tie(b.table, b.address, a.count);
  });
  std::vector<RegisterRange> kept;
  for (const RegisterRange& range : sorted) {
    const bool inside =
        !kept.empty() && kept.back().table == range.table && end_of(range) <= end_of(kept.back());
    if (!inside) kept.push_back(range);
  }
  return kept;
}

/// The request for `first` to `last` of such ranges.
RegisterRange request_for(const RegisterRange& first, const RegisterRange& last) {
  return {first.table, first.address, static_cast<std::uint16_t>(end_of(last) - first.address.value)};
}

/// The limits of a map as a plan is bound by them.
struct Bounds {
  explicit Bounds(const ReadLimits& limits)
      : max_registers(limits.max_registers),
        max_gap(limits.gap_allowed ? limits.max_gap.value_or(limits.max_registers) : 0) {}

  /// A request that begins with `first` and now ends with `last` may end with `next`.
  bool allow(const RegisterRange& first, const RegisterRange& last, const RegisterRange& next) const {
    return next.table == first.table && next.address.value - end_of(last) <= max_gap &&
           end_of(next) - first.address.value <= max_registers;
  }

  int max_registers;
  int max_gap;
};

/// best[i] is for the first i ranges. Nothing is lost by giving a request ranges that follow each other: what
/// lies between two of its ranges, it reads as well.
std::vector<Prefix> best_prefixes(const std::vector<RegisterRange>& ranges, const Bounds& bounds,
                                  const ReadCost& cost) {
  std::vector<Prefix> best(ranges.size() + 1);
  best[0].time = nanoseconds::zero();
  for (std::size_t begin = 0; begin < ranges.size(); ++begin) {
    const Prefix& before = best[begin];
    std::size_t last = begin;
    do {
      const std::size_t registers = request_for(ranges[begin], ranges[last]).count;
      const Prefix candidate{before.time + cost.of(registers), before.requests + 1,
                             before.registers + registers, begin};
      if (candidate.beats(best[last + 1])) best[last + 1] = candidate;
    } while (++last < ranges.size() && bounds.allow(ranges[begin], ranges[last - 1], ranges[last]));
  }
  return best;
}

}  // namespace

nanoseconds ReadCost::of(std::size_t registers) const {
  return framing + turnaround + per_register * static_cast<nanoseconds::rep>(registers);
}

nanoseconds ReadCost::of(std::span<const RegisterRange> plan) const {
  nanoseconds total{};
  for (const RegisterRange& request : plan) total += of(request.count);
  return total;
}

ReadCost read_cost(const BusOptions& bus, nanoseconds turnaround) {
  // Two bytes of a packet that is sent anyway, and the meter's work with them.
  constexpr std::chrono::microseconds kTcpRegister{1};
  const SerialLine* line = bus.serial_line();
  if (line == nullptr) return {.framing = {}, .turnaround = turnaround, .per_register = kTcpRegister};
  constexpr int kRequest = 8;  // unit, function, address, count, CRC
  constexpr int kAnswer = 5;   // unit, function, byte count, CRC
  const nanoseconds character = line->character_time();
  return {.framing = character * (kRequest + kAnswer) + line->silence(),
          .turnaround = turnaround,
          .per_register = 2 * character};
}

std::vector<RegisterRange> plan_reads(std::span<const RegisterRange> wanted, const ReadLimits& limits,
                                      const ReadCost& cost) {
  const std::vector<RegisterRange> ranges = outermost(wanted);
  const std::vector<Prefix> best = best_prefixes(ranges, Bounds(limits), cost);
  std::vector<RegisterRange> plan;
  for (std::size_t end = ranges.size(); end > 0; end = best[end].last_begin) {
    plan.push_back(request_for(ranges[best[end].last_begin], ranges[end - 1]));
  }
  std::ranges::reverse(plan);
  return plan;
}

}  // namespace submeter::meters
