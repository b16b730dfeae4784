// SPDX-License-Identifier: Apache-2.0
#include "config/stable_path.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace submeter::config {

namespace fs = std::filesystem;

std::optional<std::string> stable_path(const std::string& device, const std::string& directory) {
  const std::string name = fs::path(device).filename().string();
  if (!name.starts_with("ttyUSB") && !name.starts_with("ttyACM")) return std::nullopt;
  std::error_code error;
  std::optional<std::string> found;
  for (fs::directory_iterator link(directory, error), end; !error && link != end; link.increment(error)) {
    std::error_code gone;
    if (!fs::equivalent(link->path(), device, gone) || gone) continue;
    const std::string path = link->path().string();
    found = found ? std::min(*found, path) : path;  // the order of a directory is none
  }
  return found;
}

}  // namespace submeter::config
