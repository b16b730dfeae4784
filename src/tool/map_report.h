// SPDX-License-Identifier: Apache-2.0
// Register maps as a technician reads them, with every notation of every register. Pure.
#pragma once

#include <string>
#include <vector>

#include "tool/daemon_client.h"
#include "tool/map_library.h"

namespace submeter::tool {

/// A table; the site's own maps are marked, and the mark explained.
std::string map_list(const std::vector<const LibraryMap*>& maps);
Json map_list_json(const std::vector<const LibraryMap*>& maps);

/// One map, whole.
std::string map_sheet(const LibraryMap& entry);
Json map_sheet_json(const LibraryMap& entry);

}  // namespace submeter::tool
