// SPDX-License-Identifier: Apache-2.0
// Gives readings their time, the one place where that happens. Loop thread.
//
// Before the clock was trusted for the first time it holds readings or marks them, as clock.before_sync says;
// after that every reading goes out at once, flagged `clock_unsynced` while nobody vouches for the clock.
//
// No two samples of one circuit share a time, because (circuit, kind, ts) is the key of a record. When the
// clock is set back, the circuit relives times it has used: such a sample keeps its true time, is flagged
// `clock_stepped`, and where that very millisecond is taken it gets the next free one. A circuit's newest
// kRemembered times are known, 68 min of a 1 s circuit and longer of slower ones; a step back beyond that
// leaves uniqueness to chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "submeter/clock.h"
#include "submeter/options.h"
#include "submeter/sample.h"

namespace submeter::clock {

/// The times a circuit has used lately.
class UsedTimes {
 public:
  static constexpr std::size_t kRemembered = 4'096;

  /// Not later than a time used before.
  bool overlaps(UtcTime time) const { return newest_ && time <= *newest_; }
  /// `time`, or the first free millisecond after it; it is taken from now on.
  UtcTime take(UtcTime time);

 private:
  std::optional<UtcTime> newest_;
  std::deque<UtcTime> used_;
};

class Stamper final : public ReadingSink {
 public:
  /// At most this many readings are held; beyond it the oldest is dropped and counted.
  static constexpr std::size_t kMaxHeld = 20'000;

  Stamper(const Clock& clock, BeforeSync before_sync, SampleSink& sink);
  void on_reading(Reading reading) override;
  /// Releases what was held, in order, stamped and flagged `held`, once the clock can be trusted. On each
  /// change of the clock's state.
  void clock_changed();
  /// Flags readings that were under way at the step. On each step.
  void clock_stepped(const ClockStep& step);
  /// The process ends: what is still held goes out as `unsynced` and `held` rather than be lost.
  void stop();
  std::size_t held() const { return held_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool holds() const;
  void hold(Reading reading);
  void release_held();
  void release(Reading reading);

  const Clock& clock_;
  BeforeSync before_sync_;
  SampleSink& sink_;
  bool trusted_once_ = false;
  std::optional<MonoTime> last_step_;
  std::map<std::string, UsedTimes> used_;  // by circuit; as many as were ever configured
  std::deque<Reading> held_;
  std::uint64_t dropped_ = 0;
};

}  // namespace submeter::clock
