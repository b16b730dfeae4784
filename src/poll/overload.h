// SPDX-License-Identifier: Apache-2.0
// Whether a bus is asked for more than it can carry, and by how much: said once, with what to do about it.
// Pure but for the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "submeter/time.h"

namespace submeter::poll {

class Overload {
 public:
  /// A bus has caught up when no cycle was late for so long.
  static constexpr Duration kOver = std::chrono::seconds(60);
  /// How long a bus is watched before it is said how much it lacks, and at least three of its cycles.
  static constexpr Duration kWatched = std::chrono::seconds(10);

  explicit Overload(std::string bus) : bus_(std::move(bus)) {}

  /// What is asked for: readings of whole meters a second, and the shortest interval; and how much of the
  /// last minute the bus was at work. A bus that had time to spare is late for another reason.
  struct Demand {
    double readings_per_second = 0.0;
    Duration shortest_interval{};
    double busy = 1.0;
  };

  /// Cycles have passed that were not begun in time.
  bool active() const { return last_late_.has_value(); }
  /// A meter's reading begins; `late`: a whole cycle of something due has passed. Compares what is done with
  /// what is asked for.
  void on_reading(bool late, const Demand& demand, MonoTime now);
  /// How much of a cycle's work one cycle holds, as `needs 7.4 s a 5 s cycle`; empty until it is known.
  const std::string& text() const { return text_; }

 private:
  void measure(const Demand& demand, MonoTime now);

  std::string bus_;
  std::optional<MonoTime> last_late_;
  MonoTime since_{};
  std::uint64_t readings_ = 0;  // since then
  std::string text_;
};

}  // namespace submeter::poll
