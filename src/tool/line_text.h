// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "submeter/options.h"

namespace submeter::tool {

/// A bus as it is configured: "/dev/ttyUSB0 9600 8E1", "10.0.4.20:502", "10.0.4.20:802 TLS",
/// "10.0.4.21:4001 9600 8E1".
std::string line_text(const BusOptions& bus);

}  // namespace submeter::tool
