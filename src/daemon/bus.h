// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "modbus/master.h"
#include "poll/bus_poller.h"
#include "submeter/byte_stream.h"
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

  void start();
  /// Built from the same options and plan: a reload leaves it alone.
  bool same_as(const BusOptions& options, const poll::BusPlan& plan) const;

  const std::string& id() const { return poller_.plan().id; }
  /// "/dev/ttyUSB0 9600 8E1", "10.0.4.20:502"
  std::string line() const { return stream_->describe(); }
  const modbus::Master& master() const { return *master_; }
  poll::BusPoller& poller() { return poller_; }
  const poll::BusPoller& poller() const { return poller_; }

 private:
  BusOptions options_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<modbus::Master> master_;
  poll::BusPoller poller_;
};

}  // namespace submeter::daemon
