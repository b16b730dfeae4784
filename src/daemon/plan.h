// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "meters/register_map.h"
#include "poll/bus_poller.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::daemon {

/// What to poll on one bus, from validated options. The error repeats what config should have found.
Result<poll::BusPlan> make_bus_plan(const Options& options,
                                    const std::map<std::string, meters::RegisterMap>& maps,
                                    const std::string& bus);

}  // namespace submeter::daemon
