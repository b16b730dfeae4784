// SPDX-License-Identifier: Apache-2.0
// When to read what on one bus: due circuits, merged requests, retries, back-off of silent meters, health figures.
//
// Owns its schedule and the state of each (bus, unit). Does not own the master, the clock or the sink. Readings are
// handed out as soon as a meter's due points are complete. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "meters/decoder.h"
#include "meters/register_map.h"
#include "modbus/master.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/random.h"
#include "submeter/sample.h"

namespace submeter::poll {

struct PointPlan {
  meters::BoundPoint point;
  std::chrono::milliseconds interval{};
  bool operator==(const PointPlan&) const = default;
};

struct CircuitPlan {
  std::string id;
  std::vector<PointPlan> points;
  bool operator==(const CircuitPlan&) const = default;
};

struct MeterPlan {
  std::string id;
  UnitId unit;
  meters::ReadLimits limits;
  std::vector<CircuitPlan> circuits;
  bool operator==(const MeterPlan&) const = default;
};

/// All that a poller needs to know; two equal plans poll alike.
struct BusPlan {
  std::string id;
  int retries = 1;
  std::uint16_t affordable_gap = 0;  ///< Registers worth reading along instead of another request.
  std::vector<MeterPlan> meters;
  bool operator==(const BusPlan&) const = default;
};

enum class MeterState : std::uint8_t { kUnknown, kAlive, kSilent };

struct MeterHealth {
  std::string id;
  UnitId unit;
  MeterState state = MeterState::kUnknown;
  std::optional<MonoTime> last_good;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t bad_answers = 0;
  std::uint64_t exceptions = 0;
  Duration response_p50{};  ///< Over the newest answers, request sent to response received.
  Duration response_p95{};
  Duration response_max{};
  std::string last_error;
};

struct BusHealth {
  std::uint64_t cycles_skipped = 0;  ///< Due instants that passed while the bus was busy; never queued up.
  double load = 0.0;                 ///< Share of the last minute in which a request was under way, 0…1.
  std::vector<MeterHealth> meters;
};

class BusPoller {
 public:
  BusPoller(Loop& loop, const Clock& clock, modbus::Master& master, Random& random, BusPlan plan, ReadingSink& sink);
  ~BusPoller();

  /// Plans the first instants and begins to read.
  void start();
  /// Plans the next instants anew: the relation of wall to monotonic time has changed.
  void replan();
  /// One read in between, for the technician: waits for its turn on the bus, no retries.
  void read_once(const modbus::ReadRequest& request, modbus::Master::Done done);
  BusHealth health() const;
  const BusPlan& plan() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::poll
