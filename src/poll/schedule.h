// SPDX-License-Identifier: Apache-2.0
// When a meter's points are due. Pure: time comes in, nothing is waited for.
//
// Instants are multiples of the interval, on the wall clock while it is trusted and on the monotonic clock
// before that, so that all meters of all buses are read together and long intervals fall on instants of the
// short ones. Each is computed from the clock, never by adding to the last: nothing drifts. What was not
// begun before its next instant is skipped and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "poll/bus_plan.h"
#include "submeter/clock.h"

namespace submeter::poll {

/// The first aligned instant after `after`.
MonoTime next_due(const Clock& clock, Duration interval, MonoTime after);

/// Points of one circuit to be read now; indices into the MeterPlan.
struct DueCircuit {
  std::size_t circuit = 0;
  std::vector<std::size_t> points;
  MonoTime due{};
};

class MeterSchedule {
 public:
  explicit MeterSchedule(const MeterPlan& plan);

  /// Sets the instants that lie ahead anew; what is due already stays due.
  void plan(const Clock& clock, MonoTime now);
  /// The earliest instant, past or ahead; MonoTime::max() of a meter without points.
  MonoTime next_due() const;
  /// Until when what is due at `now` has to be begun, or it is skipped; empty when nothing is due.
  std::optional<MonoTime> deadline(MonoTime now) const;
  /// Takes out what is due, merged by circuit, and sets the next instants.
  std::vector<DueCircuit> take_due(const Clock& clock, MonoTime now);
  std::uint64_t skipped() const { return skipped_; }

 private:
  /// Points of one circuit with one interval.
  struct Cadence {
    std::size_t circuit = 0;
    Duration interval{};
    std::vector<std::size_t> points;
    MonoTime due = MonoTime::max();
  };

  void add_circuit(std::size_t index, const CircuitPlan& circuit);
  MonoTime advance(Cadence& cadence, const Clock& clock, MonoTime now);

  std::vector<Cadence> cadences_;  // ordered by circuit
  std::uint64_t skipped_ = 0;
};

}  // namespace submeter::poll
