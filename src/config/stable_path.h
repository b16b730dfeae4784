// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace submeter::config {

inline constexpr const char* kSerialById = "/dev/serial/by-id";

/// For a USB port by its number ("/dev/ttyUSB0", "/dev/ttyACM1"), which the next re-plug may give to another:
/// the link in `directory` that leads to it and stays. Empty for other paths, and where there is no such
/// link.
std::optional<std::string> stable_path(const std::string& device, const std::string& directory = kSerialById);

}  // namespace submeter::config
