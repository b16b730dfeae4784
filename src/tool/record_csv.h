// SPDX-License-Identifier: Apache-2.0
// Records as a table for spreadsheets: RFC 4180, with the digits that the records have. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

namespace submeter::tool {

/// The fields of a record, numbers as they are written in it.
using RecordFields = std::map<std::string, std::string>;

/// Nothing where the line is no flat JSON object.
std::optional<RecordFields> record_fields(const std::string& json);

/// First every record is shown to it, then there is a head, and a row for each: which columns there are is
/// known only at the end.
class RecordCsv {
 public:
  void learn(const RecordFields& record);
  /// What every record has, then the values by name; with its line's end, as row().
  std::string head() const;
  /// What learn() has not seen is left out.
  std::string row(const RecordFields& record) const;

 private:
  std::set<std::string> values_;
};

}  // namespace submeter::tool
