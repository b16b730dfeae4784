// SPDX-License-Identifier: Apache-2.0
#include "config/read_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

namespace submeter::config {

namespace fs = std::filesystem;

namespace {

std::nullopt_t refuse(const Source& source, std::string message) {
  source.report(Severity::kError, {}, std::move(message));
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_file(const Source& source) {
  std::error_code failure;
  const fs::file_status status = fs::status(source.file(), failure);
  if (failure) return refuse(source, fmt::format("cannot be read: {}", failure.message()));
  if (!fs::is_regular_file(status)) return refuse(source, "is not a file; expected YAML text");
  std::ifstream stream(source.file(), std::ios::binary);
  if (!stream)
    return refuse(source, fmt::format("cannot be read: {}", std::generic_category().message(errno)));
  std::string text(kMaxFileSize + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return refuse(source, "cannot be read: input/output error");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxFileSize)
    return refuse(source, "is larger than 1 MiB; expected less configuration in one file");
  return text;
}

std::vector<fs::path> yaml_files(const fs::path& directory, std::vector<Problem>& problems) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const fs::path& file = entry->path();
    if (file.filename().string().starts_with('.')) continue;
    if (file.extension() == ".yaml") files.push_back(file);
    if (file.extension() == ".yml") {
      Source(file, problems)
          .report(Severity::kWarning, {}, "is not read; expected a name that ends in .yaml");
    }
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    Source(directory, problems)
        .report(Severity::kError, {}, fmt::format("cannot be listed: {}", failure.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace submeter::config
