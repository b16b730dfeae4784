// SPDX-License-Identifier: Apache-2.0
// Values that name files: resolved against the file that names them, and looked at before the program relies
// on them.
#pragma once

#include "config/section.h"

namespace submeter::config {

namespace internal {

template <class Record, class Member>
auto path_reader(Member Record::*member) {
  return [member](const Value& value, Record& record) {
    if (const auto path = parse(value, as_text)) assign(record.*member, value.source->resolve(*path), value);
  };
}

}  // namespace internal

/// A key whose value is a path; a relative one starts at the directory of the file it stands in.
template <class Record, class Member>
Field<Record> optional_path(std::string_view key, Member Record::*member) {
  return optional_by<Record>(key, internal::path_reader(member));
}
template <class Record, class Member>
Field<Record> required_path(std::string_view key, Member Record::*member) {
  return required_by<Record>(key, internal::path_reader(member));
}

/// An error where `file` is given and is not there; a warning where only this user cannot read it.
void check_file(const Located<std::string>& file);
/// The same, and an error where others than owner and group can read or write it.
void check_secret_file(const Located<std::string>& file);

}  // namespace submeter::config
