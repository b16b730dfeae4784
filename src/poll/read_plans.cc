// SPDX-License-Identifier: Apache-2.0
#include "poll/read_plans.h"

#include <algorithm>

#include "poll/circuit_reading.h"

namespace submeter::poll {
namespace {

using meters::RegisterRange;

bool same_points(const std::vector<DueCircuit>& a, const std::vector<DueCircuit>& b) {
  return std::ranges::equal(a, b, [](const DueCircuit& x, const DueCircuit& y) {
    return x.circuit == y.circuit && x.points == y.points;
  });
}

}  // namespace

const ReadPlans::Plan& ReadPlans::of(const std::vector<DueCircuit>& due, bool holes) {
  follow_turnaround();
  const auto found = std::ranges::find_if(
      kept_, [&](const Kept& kept) { return kept.holes == holes && same_points(kept.due, due); });
  if (found != kept_.end()) return found->plan;
  Kept made{due, holes, {wanted_by(due), {}}};
  made.plan.requests = requests_for(made.plan.wanted, holes);
  if (kept_.size() < kMostKept) return kept_.emplace_back(std::move(made)).plan;
  oldest_ = (oldest_ + 1) % kMostKept;
  return (kept_[oldest_] = std::move(made)).plan;
}

std::vector<RegisterRange> ReadPlans::wanted_by(const std::vector<DueCircuit>& due) const {
  std::vector<RegisterRange> wanted;
  for (const DueCircuit& circuit : due) {
    for (const std::size_t point : circuit.points) {
      wanted.push_back(range_of(meter_.circuits[circuit.circuit].points[point].point));
    }
  }
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  return wanted;
}

std::vector<RegisterRange> ReadPlans::requests_for(const std::vector<RegisterRange>& wanted,
                                                   bool holes) const {
  meters::ReadLimits limits = meter_.limits;
  limits.gap_allowed = limits.gap_allowed && holes;
  return meters::plan_reads(wanted, limits, cost_);
}

void ReadPlans::learn(Duration response, std::size_t registers) {
  constexpr int kMemory = 8;
  // A register is two characters on a serial line, what surrounds them five.
  const auto characters = static_cast<Duration::rep>(2 * registers + 5);
  const Duration turnaround = std::max(Duration::zero(), response - cost_.per_register * characters / 2);
  turnaround_ += turnaround_ == Duration::zero() ? turnaround : (turnaround - turnaround_) / kMemory;
}

void ReadPlans::follow_turnaround() {
  constexpr Duration kIndifferent = std::chrono::milliseconds(2);
  const Duration away = std::chrono::abs(turnaround_ - cost_.turnaround);
  if (turnaround_ == Duration::zero() || away < std::max(kIndifferent, cost_.turnaround / 4)) return;
  cost_ = cost_.with_turnaround(turnaround_);
  kept_.clear();
}

}  // namespace submeter::poll
