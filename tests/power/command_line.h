// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace submeter::power {

/// The number behind `--name` on the command line.
inline std::uint64_t number_argument(std::span<char*> words, std::string_view name, std::uint64_t otherwise) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (name == words[i]) return std::stoull(words[i + 1]);
  }
  return otherwise;
}

inline bool has_argument(std::span<char*> words, std::string_view name) {
  for (const char* word : words) {
    if (name == word) return true;
  }
  return false;
}

}  // namespace submeter::power
