// SPDX-License-Identifier: Apache-2.0
#include "poll/schedule.h"

#include <algorithm>

#include "submeter/check.h"

namespace submeter::poll {

MonoTime next_due(const Clock& clock, Duration interval, MonoTime after, Duration phase) {
  SUBMETER_CHECK(interval >= std::chrono::milliseconds(1) && phase < interval);
  const MonoTime base = after - phase;
  if (clock.state() == ClockState::kUnsynced) {
    return MonoTime((base.time_since_epoch() / interval + 1) * interval + phase);
  }
  const auto step = std::chrono::floor<std::chrono::milliseconds>(interval);
  const auto wall = clock.stamp(base).time.time_since_epoch();  // trusted, so after 1970
  return clock.instant_of(UtcTime((wall / step + 1) * step)) + phase;
}

Duration phase_of(const std::string& meter, Duration interval) {
  constexpr std::chrono::milliseconds kStep{10};
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char character : meter) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001B3;
  }
  const auto steps = static_cast<std::uint64_t>(std::max<Duration::rep>(1, interval / kStep));
  // The low bits of such a hash are the poorer ones.
  return kStep * static_cast<Duration::rep>((hash >> 16U) % steps);
}

MeterSchedule::MeterSchedule(const MeterPlan& plan) {
  for (std::size_t i = 0; i < plan.circuits.size(); ++i) add_circuit(i, plan);
}

void MeterSchedule::add_circuit(std::size_t index, const MeterPlan& plan) {
  const CircuitPlan& circuit = plan.circuits[index];
  const auto first = static_cast<std::ptrdiff_t>(cadences_.size());
  for (std::size_t p = 0; p < circuit.points.size(); ++p) {
    const Duration interval = circuit.points[p].interval;
    const auto same = std::find_if(cadences_.begin() + first, cadences_.end(),
                                   [&](const Cadence& cadence) { return cadence.interval == interval; });
    if (same == cadences_.end()) {
      const Duration phase = plan.aligned ? Duration::zero() : phase_of(plan.id, interval);
      cadences_.push_back({index, interval, phase, {p}});
    } else {
      same->points.push_back(p);
    }
  }
}

void MeterSchedule::plan(const Clock& clock, MonoTime now) {
  for (Cadence& cadence : cadences_) {
    if (cadence.due > now) cadence.due = poll::next_due(clock, cadence.interval, now, cadence.phase);
  }
}

MonoTime MeterSchedule::next_due() const {
  MonoTime earliest = MonoTime::max();
  for (const Cadence& cadence : cadences_) earliest = std::min(earliest, cadence.due);
  return earliest;
}

std::optional<Claim> MeterSchedule::claim(MonoTime now) const {
  Claim claim{.deadline = MonoTime::max(), .interval = Duration::max()};
  for (const Cadence& cadence : cadences_) {
    if (cadence.due > now) continue;
    claim.deadline = std::min(claim.deadline, cadence.due + cadence.interval);
    claim.interval = std::min(claim.interval, cadence.interval);
    claim.late = claim.late || now >= cadence.due + cadence.interval;
    claim.starved = claim.starved || now >= cadence.due + kMostSkipped * cadence.interval;
  }
  if (claim.deadline == MonoTime::max()) return std::nullopt;
  return claim;
}

Duration MeterSchedule::shortest_interval() const {
  Duration shortest = Duration::max();
  for (const Cadence& cadence : cadences_) shortest = std::min(shortest, cadence.interval);
  return shortest;
}

std::vector<DueCircuit> MeterSchedule::take_due(const Clock& clock, MonoTime now) {
  std::vector<DueCircuit> taken;
  for (Cadence& cadence : cadences_) {
    if (cadence.due > now) continue;
    if (taken.empty() || taken.back().circuit != cadence.circuit) taken.push_back({cadence.circuit, {}, {}});
    DueCircuit& circuit = taken.back();
    circuit.points.insert(circuit.points.end(), cadence.points.begin(), cadence.points.end());
    circuit.due = std::max(circuit.due, advance(cadence, clock, now));
  }
  for (DueCircuit& circuit : taken) std::ranges::sort(circuit.points);
  return taken;
}

/// Returns the newest instant that has passed. The next one is looked for half an interval later: two
/// readings of the clocks may differ by a few microseconds, which must not make one instant into two.
MonoTime MeterSchedule::advance(Cadence& cadence, const Clock& clock, MonoTime now) {
  const auto missed = (now - cadence.due) / cadence.interval;
  skipped_ += static_cast<std::uint64_t>(missed);
  const MonoTime served = cadence.due + missed * cadence.interval;
  cadence.due = poll::next_due(clock, cadence.interval, served + cadence.interval / 2, cadence.phase);
  return served;
}

}  // namespace submeter::poll
