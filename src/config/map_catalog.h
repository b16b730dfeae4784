// SPDX-License-Identifier: Apache-2.0
// The register maps there are, found by file name and read when first asked for. The site's own directory
// comes last and replaces.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.h"
#include "config/source.h"

namespace submeter::config {

class MapCatalog {
 public:
  /// Lists the directories; replaced maps are told to `notes`.
  MapCatalog(const Sources& sources, std::vector<Problem>& problems, std::vector<std::string>& notes);

  bool has(const std::string& name) const { return maps_.find(name) != maps_.end(); }
  std::vector<std::string_view> names() const;
  /// Where a map is read from, and whether that is the site's own directory. `has(name)` holds.
  const std::filesystem::path& file(const std::string& name) const { return maps_.at(name).path; }
  bool of_the_site(const std::string& name) const { return maps_.at(name).of_the_site; }
  /// Null when the map has errors, which are then reported. `has(name)` holds.
  const meters::RegisterMap* use(const std::string& name);
  /// Reads the site's maps that nobody used; what is wrong with them is only a warning.
  void check_unused();

  std::map<std::string, meters::RegisterMap> used() const;
  /// The bytes of all maps in use, by name.
  std::string used_text() const;

 private:
  struct File {
    std::filesystem::path path;
    bool of_the_site = false;
    std::optional<std::string> text;  ///< Once it was read.
    meters::RegisterMap map;
    bool sound = false;
    bool in_use = false;
  };

  void list(const std::filesystem::path& directory, bool of_the_site);
  void read(File& file, std::vector<Problem>& problems);

  std::vector<Problem>* problems_;
  std::vector<std::string>* notes_;
  std::map<std::string, File> maps_;
};

}  // namespace submeter::config
