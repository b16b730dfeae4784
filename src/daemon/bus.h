// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modbus/bus_line.h"
#include "poll/bus_poller.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/sample.h"

namespace submeter::daemon {

/// One bus as it runs: its line, the master that asks on it, the poller that decides what to ask. Loop
/// thread.
class Bus {
 public:
  Bus(Loop& loop, const Clock& clock, Random& random, BusOptions options, poll::BusPlan plan,
      ReadingSink& sink);

  /// Opens the line and polls, `settle` from now.
  void start(Duration settle);
  /// How long an answer to what this bus asked last may still come: who opens the line next waits it out,
  /// because a serial answer does not say which question it answers.
  Duration settle_time() const { return options_.response_timeout; }
  /// Built from the same options and plan: a reload leaves it alone.
  bool same_as(const BusOptions& options, const poll::BusPlan& plan) const;

  const std::string& id() const { return poller_.plan().id; }
  /// "/dev/ttyUSB0 9600 8E1", "10.0.4.20:502"
  std::string line() const { return line_.stream->describe(); }
  const modbus::Master& master() const { return *line_.master; }
  poll::BusPoller& poller() { return poller_; }
  const poll::BusPoller& poller() const { return poller_; }

 private:
  BusOptions options_;
  modbus::BusLine line_;
  poll::BusPoller poller_;
  Timer start_;
};

}  // namespace submeter::daemon
