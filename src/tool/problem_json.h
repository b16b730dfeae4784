// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "config/configuration.h"
#include "tool/daemon_client.h"

namespace submeter::tool {

/// What is wrong with files, for programs: a list of {severity, file, line, column, message}.
Json problems_json(const std::vector<config::Problem>& problems);

}  // namespace submeter::tool
