// SPDX-License-Identifier: Apache-2.0
// Reads the meters of one bus when they are due, and keeps a dead one from costing the others their
// intervals.
//
// Each time the master can take a request, the first of these that there is goes out: the next request of a
// meter being read; a technician's read; the due meter whose next instant is nearest (earliest deadline
// first); a probe of a silent meter. One request a meter at a time; as many meters at once as the master
// takes. A meter that does not answer is silent: it is only probed, with back-off, one probe at a time and at
// most a twentieth of the bus time, until it answers. What is due on a silent meter or a dead line becomes a
// bad reading, at once and then once a minute.
//
// Owns the schedules, sessions and health of its meters (poll/meter.h). Does not own the master, the clock or
// the sink, which outlive it; it is the only listener of the master, and is gone before another poller of
// that master starts. Loop thread.
#pragma once

#include <memory>

#include "modbus/master.h"
#include "poll/bus_health.h"
#include "poll/bus_plan.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/random.h"
#include "submeter/sample.h"

namespace submeter::poll {

class BusPoller {
 public:
  /// Technicians' reads that may wait at a time; more are answered kBusDown.
  static constexpr std::size_t kMaxWaitingReads = 16;

  BusPoller(Loop& loop, const Clock& clock, modbus::Master& master, Random& random, BusPlan plan,
            ReadingSink& sink);
  /// Answers to requests under way are ignored from now on.
  ~BusPoller();

  /// Plans the first instants and begins to read as soon as the master, which is started by its owner, has
  /// its line.
  void start();
  /// Plans the next instants anew: the relation of wall to monotonic time has changed.
  void replan();
  /// One read in between, for the technician: waits for its turn on the bus, no retries. `done` is called
  /// from the loop, unless the poller is destroyed first.
  void read_once(const modbus::ReadRequest& request, modbus::Master::Done done);
  /// Begins nothing more; `done` is called from the loop, perhaps more than once, when what was begun is read
  /// or must wait. Nothing is asked afterwards.
  void finish(std::function<void()> done);
  BusHealth health() const;
  MeterCounts meter_counts() const;
  const BusPlan& plan() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::poll
