// SPDX-License-Identifier: Apache-2.0
#include "meters/read_plan.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "submeter/check.h"

namespace submeter::meters {
namespace {

/// The best plan for the ranges before an index: what it costs, and where its last request begins.
struct Prefix {
  std::size_t requests = std::numeric_limits<std::size_t>::max();
  std::size_t registers = 0;
  std::size_t last_begin = 0;

  bool beats(const Prefix& other) const {
    return requests != other.requests ? requests < other.requests : registers < other.registers;
  }
};

int end_of(const RegisterRange& range) {
  return range.address.value + range.count;
}

/// One request over ranges that begin where the first does; grows range by range while the limits allow.
class Request {
 public:
  Request(const RegisterRange& first, int max_registers, int max_gap)
      : first_(first), end_(end_of(first)), max_registers_(max_registers), max_gap_(max_gap) {}

  bool take(const RegisterRange& next) {
    const int end = std::max(end_, end_of(next));
    if (next.table != first_.table || next.address.value > end_ + max_gap_) return false;
    // A range inside what is read already is free, even where one value alone exceeds the limit.
    if (end != end_ && end - first_.address.value > max_registers_) return false;
    end_ = end;
    return true;
  }

  RegisterRange range() const {
    return {first_.table, first_.address, static_cast<std::uint16_t>(end_ - first_.address.value)};
  }

 private:
  RegisterRange first_;
  int end_;
  int max_registers_;
  int max_gap_;
};

std::vector<RegisterRange> in_order(std::span<const RegisterRange> wanted) {
  std::vector<RegisterRange> sorted(wanted.begin(), wanted.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

/// best[i] is for the first i ranges.
std::vector<Prefix> best_prefixes(const std::vector<RegisterRange>& ranges, int max_registers, int max_gap) {
  std::vector<Prefix> best(ranges.size() + 1);
  best[0].requests = 0;
  for (std::size_t begin = 0; begin < ranges.size(); ++begin) {
    Request request(ranges[begin], max_registers, max_gap);
    std::size_t end = begin;
    do {
      const Prefix candidate{best[begin].requests + 1, best[begin].registers + request.range().count, begin};
      if (candidate.beats(best[++end])) best[end] = candidate;
    } while (end < ranges.size() && request.take(ranges[end]));
  }
  return best;
}

}  // namespace

std::vector<RegisterRange> plan_reads(std::span<const RegisterRange> wanted, const ReadLimits& limits,
                                      std::uint16_t affordable_gap) {
  const int max_gap =
      limits.gap_allowed ? std::min(limits.max_gap.value_or(affordable_gap), affordable_gap) : 0;
  const int max_registers = limits.max_registers;
  const std::vector<RegisterRange> ranges = in_order(wanted);
  const std::vector<Prefix> best = best_prefixes(ranges, max_registers, max_gap);
  std::vector<RegisterRange> plan;
  for (std::size_t end = ranges.size(); end > 0; end = best[end].last_begin) {
    Request request(ranges[best[end].last_begin], max_registers, max_gap);
    for (std::size_t i = best[end].last_begin + 1; i < end; ++i) SUBMETER_CHECK(request.take(ranges[i]));
    plan.push_back(request.range());
  }
  std::ranges::reverse(plan);
  return plan;
}

std::uint16_t affordable_gap(const SerialLine& line, std::chrono::nanoseconds turnaround) {
  using std::chrono::nanoseconds;
  SUBMETER_CHECK(line.baud > 0);
  constexpr nanoseconds kFastSilence = std::chrono::microseconds(1750);
  const nanoseconds character = nanoseconds(std::chrono::seconds(line.bits_per_character())) / line.baud;
  const nanoseconds silence = line.baud > 19200 ? kFastSilence : character * 7 / 2;
  const nanoseconds request = 13 * character + silence + turnaround;
  // The largest hole that is still cheaper than the request.
  const auto gap = (request - nanoseconds(1)) / (2 * character);
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(gap, 0, ReadLimits().max_registers));
}

std::uint16_t affordable_gap(const BusOptions& bus) {
  constexpr std::uint16_t kWholeAnswer = 125;
  const auto* line = std::get_if<SerialLine>(&bus.line);
  return line != nullptr ? affordable_gap(*line, kAssumedTurnaround) : kWholeAnswer;
}

}  // namespace submeter::meters
