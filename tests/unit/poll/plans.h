// SPDX-License-Identifier: Apache-2.0
// Plans and scripted meters for the tests of poll.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "poll/bus_plan.h"
#include "submeter/sample.h"
#include "tests/support/fake_master.h"

namespace submeter::poll {

/// One input register holding a plain number.
inline PointPlan point(std::string name, std::uint16_t address, std::chrono::milliseconds interval) {
  PointPlan plan;
  plan.point.point.name = std::move(name);
  plan.point.point.address = {address};
  plan.point.point.type = meters::Type::kUint16;
  plan.interval = interval;
  return plan;
}

inline MeterPlan meter(std::string id, std::uint8_t unit, std::vector<PointPlan> points) {
  MeterPlan plan;
  plan.circuits.push_back({id, std::move(points)});
  plan.id = std::move(id);
  plan.unit = {unit};
  return plan;
}

/// Reading a register takes 2 ms, asking again as much as eight registers and a half: holes of up to eight
/// are read along.
inline constexpr meters::ReadCost kCost{.framing = std::chrono::milliseconds(7),
                                        .turnaround = std::chrono::milliseconds(10),
                                        .per_register = std::chrono::milliseconds(2)};

inline BusPlan bus(std::vector<MeterPlan> meters, int retries = 1) {
  return {"rs485-1", retries, kCost, std::move(meters)};
}

class CollectedReadings final : public ReadingSink {
 public:
  void on_reading(Reading reading) override { readings.push_back(std::move(reading)); }
  void on_event(Event event) override { events.push_back(std::move(event)); }
  std::vector<Reading> of(const std::string& circuit) const {
    std::vector<Reading> found;
    for (const Reading& reading : readings) {
      if (reading.circuit == circuit) found.push_back(reading);
    }
    return found;
  }
  std::vector<Reading> readings;
  std::vector<Event> events;
};

}  // namespace submeter::poll
