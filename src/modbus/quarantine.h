// SPDX-License-Identifier: Apache-2.0
// When a serial line may be used again after an answer that did not come, or came damaged.
//
// An RTU answer carries its unit but not the question it answers: register address and transaction are not in
// it. So an answer that comes after its time-out must find nobody asking the same unit, or it becomes the
// value of another register. Answers of other units give themselves away by their address and need no such
// care.
//
//   the unit   is not asked again until its late answer cannot come any more: twice the response
//              time-out, a second at least, and well past the slowest answer ever seen from it; twice as
//              long for each question before that was not answered either. That one has come ends
//              nothing: another unit may have spoken in its name. When an answer comes while several
//              are owed, nobody can tell to which: the unit is left alone as long again.
//   the line   goes on with other units as soon as the slowest answer ever seen from the silent unit
//              would have come, so that a meter known to be slow does not talk into its neighbours'
//              answers. A unit that was never late costs the line nothing beyond its time-out.
//
// Learning is bounded (kSlowestBelieved), so that no unit can hold the line for long.
#pragma once

#include <array>
#include <chrono>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::modbus {

class Quarantine {
 public:
  static constexpr std::chrono::seconds kShortest{1};
  static constexpr std::chrono::seconds kSlowestBelieved{3};

  static constexpr int kMostOwed = 5;

  explicit Quarantine(Duration response_timeout) : response_timeout_(response_timeout) {}

  /// The last byte of a request to `unit` leaves at `end`.
  void asked(UnitId unit, MonoTime end);
  /// The answer came in time.
  void answered(UnitId unit, MonoTime now);
  /// The answer did not come in time: it may still come.
  void timed_out(UnitId unit);
  /// Something came in its place: within the response time-out the real one may still come.
  void damaged(UnitId unit);
  /// An answer of `unit` that nobody waits for. True if one was owed; else it is a duplicate, or the unit was
  /// never asked.
  bool late(UnitId unit, MonoTime now);
  bool ever_asked(UnitId unit) const { return asked_at(unit) != MonoTime{}; }
  MonoTime asked_at(UnitId unit) const { return of(unit).asked; }

  /// The line was opened anew: other meters may be behind it, and how slow they are is not known. What was
  /// asked before may still be answered.
  void forget_slowness();

  /// Before this instant `unit` must not be asked.
  MonoTime unit_free_at(UnitId unit) const { return of(unit).free_at; }
  /// Before this instant the slowest known answer to the last request to `unit` may still come.
  MonoTime line_free_at(UnitId unit) const { return of(unit).asked + of(unit).slowest; }

 private:
  struct History {
    MonoTime asked{};
    MonoTime free_at{};
    int owed = 0;           // answers
    bool draining = false;  // some may come until free_at; then none will
    Duration slowest{};     ///< From the end of a request to the end of its answer.
  };

  History& of(UnitId unit) { return histories_[unit.value]; }
  const History& of(UnitId unit) const { return histories_[unit.value]; }
  static void learn(History& history, MonoTime now);
  Duration longest_wait(const History& history) const;

  Duration response_timeout_;
  std::array<History, 256> histories_{};
};

}  // namespace submeter::modbus
