// SPDX-License-Identifier: Apache-2.0
// All register maps that a configuration may name, read and ready: what `submeter maps` lists and `submeter
// scan` recognises meters by. Maps with errors are left out and told; nothing is changed. Blocks on the disk.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.h"
#include "meters/register_map.h"

namespace submeter::tool {

struct LibraryMap {
  meters::RegisterMap map;
  std::filesystem::path file;
  bool of_the_site = false;  ///< In the site's own directory; it replaces a shipped one of the same name.
};

struct MapLibrary {
  std::vector<LibraryMap> maps;  ///< By name.
  std::vector<config::Problem> problems;

  const LibraryMap* find(std::string_view name) const;
};

MapLibrary load_map_library(const config::Sources& sources);

/// What is asked of a library; empty means anything. Letters count alike in both cases.
struct MapQuery {
  std::string word;   ///< In the name, the maker or a model.
  std::string maker;  ///< In the maker.
  std::string point;  ///< One of the map's points, in full.
};

std::vector<const LibraryMap*> search(const MapLibrary& library, const MapQuery& query);
/// Of a query that found nothing: "no map matches 'eastorn'; did you mean 'eastron'?".
std::string nothing_found(const MapLibrary& library, const MapQuery& query);

}  // namespace submeter::tool
