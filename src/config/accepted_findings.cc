// SPDX-License-Identifier: Apache-2.0
#include "config/accepted_findings.h"

#include <algorithm>

namespace submeter::config {
namespace {

constexpr std::string_view kOpening = "# accepts ";
constexpr std::string_view kBlank = " \t\r";

/// Takes what stands before `separator` off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

}  // namespace

AcceptedFindings::AcceptedFindings(std::string_view text) {
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = take_until(text, '\n');
    const std::size_t opening = line.find(kOpening);
    if (opening == std::string_view::npos) continue;
    const bool alone = trimmed(line.substr(0, opening)).empty();
    std::string_view rest = line.substr(opening + kOpening.size());
    std::string_view words = take_until(rest, ':');
    while (!words.empty()) words_.emplace(alone ? kWholeFile : number, trimmed(take_until(words, ',')));
  }
}

bool AcceptedFindings::has(std::string_view word, int line) const {
  return words_.contains({kWholeFile, std::string(word)}) || words_.contains({line, std::string(word)});
}

}  // namespace submeter::config
