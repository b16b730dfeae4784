// SPDX-License-Identifier: Apache-2.0
// The collector from wire to record in virtual time: simulated meters on simulated lines, the production
// masters, pollers, stamper and recorder, and a queue in memory. Built from the YAML a site would write.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clock/stamper.h"
#include "config/configuration.h"
#include "daemon/plan.h"
#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"
#include "poll/bus_poller.h"
#include "records/recorder.h"
#include "simulate/site.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_bus.h"
#include "tests/support/simulated_loop.h"

namespace submeter::test {

class SimulatedSite {
 public:
  /// `yaml`: buses and meters of a configuration; what else is needed is added. Fails the test on a mistake.
  SimulatedSite(const std::string& yaml, simulate::SiteOptions options, std::uint64_t seed = 1);

  void run(Duration span) { loop.advance(span); }
  /// Samples of one circuit, in order.
  std::vector<Record> samples(const std::string& circuit) const;
  poll::BusHealth health(const std::string& bus) const { return buses_.at(bus)->poller->health(); }
  const modbus::BusCounters& counters(const std::string& bus) const {
    return buses_.at(bus)->master->counters();
  }

  SimulatedLoop loop;
  FakeClock clock;
  FixedRandom random;
  FakeRecordQueue queue;

 private:
  struct Bus {
    std::unique_ptr<simulate::Responder> meters;
    std::unique_ptr<SimulatedBus> stream;
    std::unique_ptr<modbus::Master> master;
    std::unique_ptr<poll::BusPoller> poller;
  };

  void build_bus(const std::string& id, const config::Configuration& configuration,
                 const simulate::SiteOptions& options);

  records::Recorder recorder_;
  clock::Stamper stamper_;
  std::map<std::string, std::unique_ptr<Bus>> buses_;
};

/// The number under `key` of a record's JSON, as it is written there; empty when it has none.
std::string number_of(const Record& record, const std::string& key);

}  // namespace submeter::test
