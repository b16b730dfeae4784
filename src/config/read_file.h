// SPDX-License-Identifier: Apache-2.0
// The bytes of a small file. Blocks on the disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/source.h"

namespace submeter::config {

/// Nobody writes more configuration by hand.
inline constexpr std::size_t kMaxFileSize = 1U << 20;

/// The whole file; empty, and reported, when it cannot be read, is no plain file, or is larger than
/// kMaxFileSize.
std::optional<std::string> read_file(const Source& source);

/// The `*.yaml` of a directory by name; none when there is no such directory. A directory that cannot be
/// listed is an error, a file that looks meant but is not read (`*.yml`) a warning.
std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& directory,
                                              std::vector<Problem>& problems);

}  // namespace submeter::config
