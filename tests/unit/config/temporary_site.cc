// SPDX-License-Identifier: Apache-2.0
#include "temporary_site.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace submeter::config {

namespace fs = std::filesystem;

TemporarySite::TemporarySite() {
  std::string pattern = (fs::temp_directory_path() / "submeter-config-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  write("shipped/simple.yaml", kSimpleMap);
  write("shipped/panel.yaml", kPanelMap);
}

TemporarySite::~TemporarySite() {
  std::error_code ignored;  // nothing a test could do about it
  fs::remove_all(directory_, ignored);
}

fs::path TemporarySite::write(const std::string& file, const std::string& text) const {
  fs::path path = directory_ / file;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

Configuration TemporarySite::load(const std::string& text) const {
  write("config.yaml", text);
  return load();
}

Configuration TemporarySite::load() const {
  return config::load(Sources{directory_ / "config.yaml", {directory_ / "shipped"}});
}

std::vector<std::string> TemporarySite::lines(const std::vector<Problem>& problems) const {
  const std::string prefix = directory_.string() + "/";
  std::vector<std::string> lines;
  for (const Problem& problem : problems) {
    std::string line = problem.to_string();
    for (std::size_t at = line.find(prefix); at != std::string::npos; at = line.find(prefix)) {
      line.erase(at, prefix.size());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace submeter::config
