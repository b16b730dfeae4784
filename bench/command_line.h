// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace submeter::bench {

/// The number behind `name` on the command line.
inline double number(std::span<char*> words, std::string_view name, double otherwise) {
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (name == words[i]) return std::stod(words[i + 1]);
  }
  return otherwise;
}

inline bool given(std::span<char*> words, std::string_view name) {
  for (const char* word : words) {
    if (name == word) return true;
  }
  return false;
}

}  // namespace submeter::bench
