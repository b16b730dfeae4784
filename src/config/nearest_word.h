// SPDX-License-Identifier: Apache-2.0
// The known word a person probably meant. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace submeter::config {

/// The candidate with the fewest edits (Levenshtein, a swap counts once) from `word`, or one that `word`
/// begins with or begins; empty when none is near enough to be worth a question.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates);

/// "; did you mean 'baud'?", or "; expected one of baud, parity" where nothing is near, or "" without
/// candidates.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates);

/// "one, two, three": at most a dozen, then "… (30 in all)".
std::string list_words(std::span<const std::string_view> words);

}  // namespace submeter::config
