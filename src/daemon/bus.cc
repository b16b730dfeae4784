// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus.h"

#include <utility>

namespace submeter::daemon {

Bus::Bus(Loop& loop, const Clock& clock, Random& random, BusOptions options, poll::BusPlan plan,
         ReadingSink& sink)
    : options_(std::move(options)),
      line_(modbus::make_bus_line(loop, random, options_)),
      poller_(loop, clock, *line_.master, random, std::move(plan), sink),
      start_(loop, [this] { poller_.start(); }) {}

void Bus::start(Duration settle) {
  start_.start_after(settle);
}

bool Bus::same_as(const BusOptions& options, const poll::BusPlan& plan) const {
  return options_ == options && poller_.plan() == plan;
}

}  // namespace submeter::daemon
