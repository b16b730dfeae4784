// SPDX-License-Identifier: Apache-2.0
#include "config/map_catalog.h"

#include <fmt/core.h>

#include "config/map_loader.h"
#include "config/read_file.h"

namespace submeter::config {

namespace fs = std::filesystem;

MapCatalog::MapCatalog(const Sources& sources, std::vector<Problem>& problems,
                       std::vector<std::string>& notes)
    : problems_(&problems), notes_(&notes) {
  for (const fs::path& directory : sources.map_dirs) list(directory, false);
  list(sources.config.parent_path() / "meters", true);
}

void MapCatalog::list(const fs::path& directory, bool of_the_site) {
  for (const fs::path& path : yaml_files(directory, *problems_)) {
    const std::string name = path.stem().string();
    const auto [entry, is_new] = maps_.try_emplace(name, File{path, of_the_site, {}, {}, false, false});
    std::error_code ignored;  // a file that cannot be looked at is not the same
    if (is_new || fs::equivalent(entry->second.path, path, ignored)) continue;
    notes_->push_back(
        fmt::format("map {}: {} replaces {}", name, path.string(), entry->second.path.string()));
    entry->second = File{path, of_the_site, {}, {}, false, false};
  }
}

std::vector<std::string_view> MapCatalog::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, file] : maps_) names.push_back(name);
  return names;
}

void MapCatalog::read(File& file, std::vector<Problem>& problems) {
  const Source source(file.path, problems);
  file.text = read_file(source).value_or("");
  if (source.errors() == 0) file.map = parse_map(source, *file.text);
  file.sound = source.errors() == 0;
}

const meters::RegisterMap* MapCatalog::use(const std::string& name) {
  File& file = maps_.at(name);
  if (!file.text) read(file, *problems_);
  file.in_use = true;
  return file.sound ? &file.map : nullptr;
}

void MapCatalog::check_unused() {
  for (auto& [name, file] : maps_) {
    if (file.in_use || !file.of_the_site) continue;
    std::vector<Problem> found;
    read(file, found);
    for (Problem& problem : found) {
      problem.severity = Severity::kWarning;
      problems_->push_back(std::move(problem));
    }
  }
}

std::map<std::string, meters::RegisterMap> MapCatalog::used() const {
  std::map<std::string, meters::RegisterMap> result;
  for (const auto& [name, file] : maps_) {
    if (file.in_use && file.sound) result.emplace(name, file.map);
  }
  return result;
}

std::string MapCatalog::used_text() const {
  std::string text;
  for (const auto& [name, file] : maps_) {
    if (file.in_use) text += *file.text;
  }
  return text;
}

}  // namespace submeter::config
