// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "tool/command.h"

namespace submeter::tool {

/// Looks at register maps as their author should before one bills anybody: what the loader refuses, and what
/// config/map_review.h warns of, each with file, line and column. A directory stands for the maps in it.
/// kUsage where there is nothing to look at, kFinding where anything was found.
ExitCode check_maps(const std::vector<std::filesystem::path>& paths, bool json);

}  // namespace submeter::tool
