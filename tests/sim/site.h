// SPDX-License-Identifier: Apache-2.0
// The collector from wire to record in virtual time: simulated meters on simulated lines, the production
// masters, pollers, clock, stamper and recorder; a kernel's clock that does what the test says, and a disk in
// memory. Built from the YAML a site would write. The process can be killed and started again; meters, clock
// and disk remain.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clock/stamper.h"
#include "clock/system_clock.h"
#include "config/configuration.h"
#include "modbus/master.h"
#include "poll/bus_poller.h"
#include "records/recorder.h"
#include "simulate/site.h"
#include "tests/support/fake_holding_store.h"
#include "tests/support/fake_kernel_clock.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_bus.h"
#include "tests/support/simulated_loop.h"

namespace submeter::test {

class SimulatedSite {
 public:
  /// `yaml`: buses, meters and clock of a configuration; what else is needed is added. Fails the test on a
  /// mistake. Starts with a synchronised clock, see `kernel`, and before_sync: mark where nothing else is
  /// said.
  SimulatedSite(const std::string& yaml, simulate::SiteOptions options, std::uint64_t seed = 1);
  ~SimulatedSite();

  void run(Duration span) { loop.advance(span); }
  /// As kill -9: what was not committed is lost.
  void kill();
  /// As SIGTERM.
  void stop();
  /// The process begins, in the named boot of the machine.
  void start(const std::string& boot = "boot-1");
  /// Somebody sets the clock, and the process is told at once.
  void step(Duration by);
  /// The clock is right and its source says so.
  void set_right(UtcTime time);

  /// Samples of one circuit, in order.
  std::vector<Record> samples(const std::string& circuit) const;
  std::vector<Record> events() const;
  poll::BusHealth health(const std::string& bus) const;
  const modbus::BusCounters& counters(const std::string& bus) const;

  SimulatedLoop loop;
  FakeKernelClock kernel;
  FixedRandom random;
  FakeRecordQueue queue;
  FakeHoldingStore store;
  /// Every reading that left a bus, in order, from when a test says so.
  bool keeps_taken = false;
  std::vector<Reading> taken;

 private:
  class Process;

  config::Configuration configuration_;
  std::map<std::string, std::unique_ptr<simulate::Responder>> meters_;  // by bus
  std::unique_ptr<Process> process_;
};

/// The number under `key` of a record's JSON, as it is written there; empty when it has none.
std::string number_of(const Record& record, const std::string& key);
/// The text under `key`; empty when it has none.
std::string text_of(const Record& record, const std::string& key);

}  // namespace submeter::test
