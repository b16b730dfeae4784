// SPDX-License-Identifier: Apache-2.0
// Where something was written, so that whatever is found wrong with it later still names file, line and
// column.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.h"

namespace submeter::config {

/// A position in a file, counted from 1; line 0: the file as a whole.
struct Mark {
  int line = 0;
  int column = 0;
};

/// One file and the list its problems go to. Places point at it: it lives as long as the load, at one
/// address.
class Source {
 public:
  Source(std::filesystem::path file, std::vector<Problem>& problems);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::filesystem::path& file() const { return file_; }
  /// A path of the file's text: relative ones start at the file's own directory.
  std::string resolve(const std::string& path) const;
  /// Control characters in the message become question marks.
  void report(Severity severity, Mark mark, std::string message) const;
  /// Errors reported so far through this source.
  std::size_t errors() const { return errors_; }

 private:
  std::filesystem::path file_;
  std::vector<Problem>* problems_;
  mutable std::size_t errors_ = 0;
};

/// One spot to blame.
struct Place {
  const Source* source = nullptr;
  Mark mark;

  void error(std::string message) const { source->report(Severity::kError, mark, std::move(message)); }
  void warning(std::string message) const { source->report(Severity::kWarning, mark, std::move(message)); }
  /// "config.yaml:12": for a message about another place.
  std::string to_string() const;
};

/// A value and where it was written; `given()` tells it from a default.
template <class T>
struct Located {
  T value{};
  Place place;
  bool given() const { return place.source != nullptr; }
};

/// Foreign text as a message may show it: cut, without control characters.
std::string shown(std::string_view text);

}  // namespace submeter::config
