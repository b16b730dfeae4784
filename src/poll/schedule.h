// SPDX-License-Identifier: Apache-2.0
// When a meter's points are due. Pure: time comes in, nothing is waited for.
//
// Instants are multiples of the interval, on the wall clock while it is trusted and on the monotonic clock
// before that, so that all meters of all buses are read together and long intervals fall on instants of the
// short ones; a meter that need not be read together with others has its own phase in the interval. Each is
// computed from the clock, never by adding to the last: nothing drifts. What was not begun before its next
// instant is skipped and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "poll/bus_plan.h"
#include "submeter/clock.h"

namespace submeter::poll {

/// The first instant after `after` that is a multiple of `interval` and `phase`.
MonoTime next_due(const Clock& clock, Duration interval, MonoTime after, Duration phase = {});
/// Where in `interval` a meter that is not aligned is read: the same in every run, different for every meter,
/// in steps of 10 ms, so that a thousand meters are asked in batches and not one by one.
Duration phase_of(const std::string& meter, Duration interval);

/// Points of one circuit to be read now; indices into the MeterPlan.
struct DueCircuit {
  std::size_t circuit = 0;
  std::vector<std::size_t> points;
  MonoTime due{};
};

/// What a meter with something due may say for itself.
struct Claim {
  MonoTime deadline{};   ///< What is due has to be begun until then, or its cycle is skipped.
  Duration interval{};   ///< The shortest that is due.
  bool late = false;     ///< A whole cycle has passed already.
  bool starved = false;  ///< So many have that it is somebody else's turn to wait.
};

class MeterSchedule {
 public:
  /// As many cycles in a row are skipped in favour of others, and no more.
  static constexpr int kMostSkipped = 10;

  explicit MeterSchedule(const MeterPlan& plan);

  /// Sets the instants that lie ahead anew; what is due already stays due.
  void plan(const Clock& clock, MonoTime now);
  /// The earliest instant, past or ahead; MonoTime::max() of a meter without points.
  MonoTime next_due() const;
  /// Empty when nothing is due.
  std::optional<Claim> claim(MonoTime now) const;
  /// The shortest of its intervals; Duration::max() without points.
  Duration shortest_interval() const;
  /// Takes out what is due, merged by circuit, and sets the next instants.
  std::vector<DueCircuit> take_due(const Clock& clock, MonoTime now);
  std::uint64_t skipped() const { return skipped_; }

 private:
  /// Points of one circuit with one interval.
  struct Cadence {
    std::size_t circuit = 0;
    Duration interval{};
    Duration phase{};
    std::vector<std::size_t> points;
    MonoTime due = MonoTime::max();
  };

  void add_circuit(std::size_t index, const MeterPlan& plan);
  MonoTime advance(Cadence& cadence, const Clock& clock, MonoTime now);

  std::vector<Cadence> cadences_;  // ordered by circuit
  std::uint64_t skipped_ = 0;
};

}  // namespace submeter::poll
