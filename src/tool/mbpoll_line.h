// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::tool {

/// The command with which mbpoll reads one point of a meter, once: "mbpoll -m rtu -a 7 -b 9600 -P even …".
/// Types that mbpoll does not know are shown as hexadecimal registers. `point` is of channel 1. Empty for the
/// kinds of bus that it cannot read: device servers and TLS.
std::string mbpoll_line(const BusOptions& bus, UnitId unit, const meters::MapPoint& point);

}  // namespace submeter::tool
