// SPDX-License-Identifier: Apache-2.0
#include "tool/map_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "config/map_catalog.h"
#include "config/nearest_word.h"

namespace submeter::tool {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return result;
}

bool contains(std::string_view text, std::string_view part) {
  return lower(text).find(lower(part)) != std::string::npos;
}

bool has_word(const meters::RegisterMap& map, std::string_view word) {
  return contains(map.name, word) || contains(map.maker, word) ||
         std::ranges::any_of(map.models, [word](const std::string& model) { return contains(model, word); });
}

/// All that a word can be: names and their parts, makers, and models and their parts.
std::set<std::string> words_of(const MapLibrary& library) {
  std::set<std::string> words;
  const auto add = [&words](std::string_view text) {
    const std::string whole = lower(text);
    words.insert(whole);
    for (std::size_t at = 0; at < whole.size();) {
      const std::size_t end = std::min(whole.find_first_of("- /", at), whole.size());
      if (end > at + 1) words.insert(whole.substr(at, end - at));
      at = end + 1;
    }
  };
  for (const LibraryMap& entry : library.maps) {
    add(entry.map.name);
    add(entry.map.maker);
    for (const std::string& model : entry.map.models) add(model);
  }
  return words;
}

std::set<std::string> makers_of(const MapLibrary& library) {
  std::set<std::string> makers;
  for (const LibraryMap& entry : library.maps) makers.insert(lower(entry.map.maker));
  return makers;
}

std::set<std::string> points_of(const MapLibrary& library) {
  std::set<std::string> points;
  for (const LibraryMap& entry : library.maps) {
    for (const meters::MapPoint& point : entry.map.points) points.insert(point.name);
  }
  return points;
}

std::string did_you_mean(const std::string& word, const std::set<std::string>& known) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const auto nearest = config::nearest_word(lower(word), candidates);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "; `submeter maps` lists all";
}

}  // namespace

const LibraryMap* MapLibrary::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(maps, [name](const LibraryMap& entry) { return entry.map.name == name; });
  return found == maps.end() ? nullptr : &*found;
}

MapLibrary load_map_library(const config::Sources& sources) {
  MapLibrary library;
  std::vector<std::string> notes;
  config::MapCatalog catalog(sources, library.problems, notes);
  for (const std::string_view view : catalog.names()) {
    const std::string name(view);
    const meters::RegisterMap* map = catalog.use(name);
    if (map != nullptr) library.maps.push_back({*map, catalog.file(name), catalog.of_the_site(name)});
  }
  return library;
}

std::vector<const LibraryMap*> search(const MapLibrary& library, const MapQuery& query) {
  std::vector<const LibraryMap*> found;
  for (const LibraryMap& entry : library.maps) {
    const bool fits = has_word(entry.map, query.word) && contains(entry.map.maker, query.maker) &&
                      (query.point.empty() || entry.map.find(query.point) != nullptr);
    if (fits) found.push_back(&entry);
  }
  return found;
}

std::string nothing_found(const MapLibrary& library, const MapQuery& query) {
  if (library.maps.empty()) return "there are no register maps here; --maps names their directory";
  const bool point_is_known =
      query.point.empty() || !search(library, {.word = {}, .maker = {}, .point = query.point}).empty();
  if (!point_is_known)
    return fmt::format("no map has the point '{}'{}", query.point,
                       did_you_mean(query.point, points_of(library)));
  if (!query.maker.empty() && search(library, {.word = {}, .maker = query.maker, .point = {}}).empty())
    return fmt::format("no map is of maker '{}'{}", query.maker,
                       did_you_mean(query.maker, makers_of(library)));
  if (!query.word.empty() && search(library, {.word = query.word, .maker = {}, .point = {}}).empty())
    return fmt::format("no map matches '{}'{}", query.word, did_you_mean(query.word, words_of(library)));
  return "no map matches all of that; ask for less";
}

}  // namespace submeter::tool
