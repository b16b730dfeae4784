// SPDX-License-Identifier: Apache-2.0
#include "config/source.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace submeter::config {

namespace {
constexpr std::size_t kMostShown = 60;

/// Keys, values and what yaml-cpp says about them may hold anything; messages go to terminals and logs.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}
}  // namespace

Source::Source(std::filesystem::path file, std::vector<Problem>& problems)
    : file_(std::move(file)), problems_(&problems) {}

std::string Source::resolve(const std::string& path) const {
  std::error_code ignored;  // without a working directory the path stays as it was written
  const std::filesystem::path here = std::filesystem::absolute(file_, ignored).parent_path();
  return (here / path).lexically_normal().string();
}

void Source::report(Severity severity, Mark mark, std::string message) const {
  if (severity == Severity::kError) ++errors_;
  problems_->push_back({severity, file_.string(), mark.line, mark.column, printable(std::move(message))});
}

std::string Place::to_string() const {
  return fmt::format("{}:{}", source->file().string(), mark.line);
}

std::string shown(std::string_view text) {
  std::size_t length = std::min(text.size(), kMostShown);
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U)
    --length;  // whole UTF-8
  std::string result = printable(std::string(text.substr(0, length)));
  if (length < text.size()) result += "…";
  return result;
}

}  // namespace submeter::config
