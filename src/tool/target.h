// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/configuration.h"
#include "submeter/result.h"
#include "tool/scan_report.h"

namespace submeter::tool {

/// What a technician may point at: a bus of the configuration, a serial device (it has a slash in it), or
/// HOST[:PORT] of Modbus TCP. A configuration that is missing or wrong does not matter to the latter two.
Result<ScanTarget> find_target(const std::string& text, const config::Sources& sources);

}  // namespace submeter::tool
