// SPDX-License-Identifier: Apache-2.0
// A bus poller in virtual time that begins at midnight UTC, with a scripted master.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "poll/bus_poller.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_loop.h"
#include "tests/unit/poll/plans.h"

namespace submeter::poll {

inline constexpr UtcTime kMidnight{std::chrono::milliseconds{1'795'219'200'000}};

/// Time begins at midnight UTC.
class BusPollerTest : public ::testing::Test {
 protected:
  void start(BusPlan plan) {
    poller = std::make_unique<BusPoller>(loop, clock, master, random, std::move(plan), out);
    poller->start();
  }
  void start_with(std::vector<MeterPlan> meters) { start(bus(std::move(meters))); }
  /// Since midnight.
  Duration at(MonoTime instant) const { return instant - midnight; }
  std::vector<Duration> asked_of(std::uint8_t unit) const {
    std::vector<Duration> instants;
    for (const auto& asked : master.asked()) {
      if (asked.request.unit.value == unit) instants.push_back(at(asked.at));
    }
    return instants;
  }
  void make_silent(std::set<int> units) {
    master.answer_with([units](const modbus::ReadRequest& request) {
      return units.contains(request.unit.value) ? test::silence() : test::addresses_as_values(request);
    });
  }

  test::SimulatedLoop loop;
  MonoTime midnight = loop.now();
  test::FakeClock clock{loop.now(), kMidnight};
  test::FakeMaster master{loop};
  test::FixedRandom random;
  CollectedReadings out;
  std::unique_ptr<BusPoller> poller;
};

inline MeterPlan one_point(std::string id, std::uint8_t unit, std::chrono::milliseconds interval) {
  return meter(std::move(id), unit, {point("power_kw", unit, interval)});
}

}  // namespace submeter::poll
