// SPDX-License-Identifier: Apache-2.0
#include "config/nearest_word.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace submeter::config {

namespace {

constexpr std::size_t kLongestWord = 40;  // nobody mistypes more; bounds the work on hostile files
constexpr std::size_t kMostListed = 12;

/// Letters added, left out, changed, or swapped with their neighbour (optimal string alignment).
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> cost(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  std::iota(cost[0].begin(), cost[0].end(), 0U);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    cost[i][0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = cost[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost.back().back();
}

/// Fewer than letters: every word of one letter is one edit from any other.
std::size_t tolerated_edits(std::string_view word) {
  return word.size() <= 3 ? std::min<std::size_t>(1, word.size() - 1) : word.size() / 3 + 1;
}

bool one_begins_the_other(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  return shorter >= 3 && a.substr(0, shorter) == b.substr(0, shorter);
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t fewest = tolerated_edits(word) + 1;
  for (const std::string_view candidate : candidates) {
    std::size_t cost = edits(word, candidate);
    if (one_begins_the_other(word, candidate)) cost = std::min(cost, tolerated_edits(word));
    if (cost >= fewest) continue;
    fewest = cost;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  if (const auto nearest = nearest_word(word, candidates))
    return fmt::format("; did you mean '{}'?", *nearest);
  if (candidates.empty()) return "";
  return fmt::format("; expected {}{}", candidates.size() == 1 ? "" : "one of ", list_words(candidates));
}

std::string list_words(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words.first(std::min(words.size(), kMostListed))) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  if (words.size() > kMostListed) text += fmt::format(", … ({} in all)", words.size());
  return text;
}

}  // namespace submeter::config
