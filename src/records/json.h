// SPDX-License-Identifier: Apache-2.0
// Just enough JSON for records: one flat object, its fields in the order they were added. Pure.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace submeter::records {

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// Names are ours and need no escaping.
class FlatObject {
 public:
  FlatObject& text(std::string_view name, std::string_view value) { return json(name, json_string(value)); }
  FlatObject& number(std::string_view name, std::integral auto value) {
    return json(name, std::to_string(value));
  }
  /// `value` is a finished JSON value.
  FlatObject& json(std::string_view name, std::string_view value);
  /// The whole object; the last call.
  std::string finish();

 private:
  std::string bytes_;
};

}  // namespace submeter::records
