// SPDX-License-Identifier: Apache-2.0
// Input: max_registers (1) · holes: none, limited, by cost (1) · max_gap (1) · framing, turnaround and
// register in units of 100 µs (1 each) · values of 2 bytes each: table (1 bit), width (2 bits), address or,
// from the last on, distance (1 bit and 12 bits).
#include "meters/read_plan.h"

#include <array>
#include <vector>

#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

using meters::ReadCost;
using meters::ReadLimits;
using meters::RegisterRange;
using std::chrono::nanoseconds;

constexpr std::size_t kMostValues = 40;
constexpr std::size_t kMostByForce = 8;
constexpr nanoseconds kNever = std::chrono::hours(1);

struct Task {
  ReadLimits limits;
  ReadCost cost;
  std::vector<RegisterRange> wanted;
};

nanoseconds tenths(std::uint8_t count) {
  return std::chrono::microseconds(100) * count;
}

Task task_of(Input input) {
  Task task;
  task.limits.max_registers = static_cast<std::uint16_t>(1 + input.byte() % 125);
  const unsigned holes = input.byte() % 3U;
  const std::uint16_t max_gap = input.byte();
  task.limits.gap_allowed = holes != 0;
  if (holes == 1) task.limits.max_gap = max_gap;
  task.cost = {.framing = tenths(input.byte()),
               .turnaround = tenths(input.byte()),
               .per_register = tenths(input.byte())};
  std::uint16_t last = 0;
  while (!input.empty() && task.wanted.size() < kMostValues) {
    const std::uint16_t word = input.word();
    const auto table = (word & 0x8000U) != 0 ? meters::Table::kHolding : meters::Table::kInput;
    const auto width = static_cast<std::uint16_t>(1U << (word >> 13U & 3U) % 3U);
    const unsigned place = word & 0xFFFU;
    const unsigned address = (word & 0x1000U) != 0 ? place << 4U : last + (place & 0x3FU);
    last = static_cast<std::uint16_t>(std::min(address, 0x10000U - width));
    task.wanted.push_back({table, {last}, width});
  }
  return task;
}

int end_of(const RegisterRange& range) {
  return range.address.value + range.count;
}

bool contains(const RegisterRange& outer, const RegisterRange& inner) {
  return outer.table == inner.table && outer.address <= inner.address && end_of(inner) <= end_of(outer);
}

/// `request` has no longer run of registers than allowed that are in no value; `values` ascend.
bool holes_allowed(const RegisterRange& request, std::span<const RegisterRange> values,
                   const ReadLimits& limits) {
  const int max_hole = limits.gap_allowed ? limits.max_gap.value_or(limits.max_registers) : 0;
  int used_to = request.address.value;
  for (const RegisterRange& value : values) {
    if (value.table != request.table || end_of(value) <= used_to) continue;
    const int used_from = std::min<int>(value.address.value, end_of(request));
    if (used_from - used_to > max_hole) return false;
    used_to = std::min(end_of(value), end_of(request));
  }
  return used_to == end_of(request);
}

bool size_allowed(int count, std::span<const RegisterRange> values, const ReadLimits& limits) {
  // One value may exceed the limit.
  return count <= limits.max_registers ||
         std::ranges::any_of(values, [&](const RegisterRange& value) { return value.count == count; });
}

/// What one request for the values of a set of bits costs; kNever where the limits forbid it.
nanoseconds cost_of_set(unsigned set, const Task& task) {
  std::array<RegisterRange, kMostByForce> values;
  std::size_t count = 0;
  int end = 0;
  for (std::size_t i = 0; i < task.wanted.size(); ++i) {
    if ((set >> i & 1U) == 0) continue;
    values[count++] = task.wanted[i];
    end = std::max(end, end_of(task.wanted[i]));
  }
  const auto chosen = std::span<const RegisterRange>(values).first(count);
  const RegisterRange& first = chosen.front();
  const int registers = end - first.address.value;
  if (chosen.back().table != first.table || !size_allowed(registers, chosen, task.limits)) return kNever;
  const RegisterRange request{first.table, first.address, static_cast<std::uint16_t>(registers)};
  return holes_allowed(request, chosen, task.limits) ? task.cost.of(request.count) : kNever;
}

/// The cheapest of all partitions of the values into requests.
nanoseconds cheapest_by_force(const Task& task) {
  const unsigned all = (1U << task.wanted.size()) - 1;
  std::array<nanoseconds, 1U << kMostByForce> alone;
  std::array<nanoseconds, 1U << kMostByForce> best;
  for (unsigned set = 1; set <= all; ++set) {
    best[set] = alone[set] = cost_of_set(set, task);
    const unsigned lowest = set & (~set + 1);
    const unsigned others = set & ~lowest;
    // The request for the lowest value takes some of the others, too.
    for (unsigned left = others; left != 0; left = (left - 1) & others) {
      best[set] = std::min(best[set], alone[set & ~left] + best[left]);
    }
  }
  return best[all];
}

void check(Task task) {
  std::ranges::sort(task.wanted);
  const std::vector<RegisterRange> plan = meters::plan_reads(task.wanted, task.limits, task.cost);
  for (const RegisterRange& value : task.wanted) {
    SUBMETER_CHECK(std::ranges::any_of(plan, [&](const auto& request) { return contains(request, value); }));
  }
  for (const RegisterRange& request : plan) {
    SUBMETER_CHECK(request.count > 0 && size_allowed(request.count, task.wanted, task.limits));
    SUBMETER_CHECK(holes_allowed(request, task.wanted, task.limits));
  }
  SUBMETER_CHECK(std::ranges::is_sorted(plan));
  const nanoseconds total = task.cost.of(plan);
  SUBMETER_CHECK(total <= task.cost.of(task.wanted));  // a request a value
  if (!task.wanted.empty() && task.wanted.size() <= kMostByForce) {
    SUBMETER_CHECK(total == cheapest_by_force(task));
  }
  std::ranges::reverse(task.wanted);
  SUBMETER_CHECK(meters::plan_reads(task.wanted, task.limits, task.cost) == plan);
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  submeter::fuzz::check(submeter::fuzz::task_of({data, size}));
  return 0;
}
