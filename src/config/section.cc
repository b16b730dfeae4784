// SPDX-License-Identifier: Apache-2.0
#include "config/section.h"

#include <fmt/core.h>

namespace submeter::config {

namespace {

std::vector<std::string_view> usable_keys(const Shape& shape) {
  std::vector<std::string_view> names;
  for (const Shape::Key& key : shape.keys) {
    if (key.presence != Presence::kUnsupported) names.push_back(key.name);
  }
  return names;
}

}  // namespace

bool check_is_map(const Value& value, std::string_view what, const Shape& shape) {
  const YamlNode& node = *value.node;
  if (node.kind == YamlNode::Kind::kMap || node.kind == YamlNode::Kind::kNull) return true;
  const auto keys = usable_keys(shape);
  const std::string which = keys.empty() ? "" : fmt::format(" ({})", list_words(keys));
  value.place().error(fmt::format("expected the keys of {}{}, found {}", what, which, node.describe()));
  return false;
}

void report_unknown_key(const Value& value, const std::string& key, std::string_view what,
                        const Shape& shape) {
  value.key_place().error(
      fmt::format("unknown key '{}' in {}{}", shown(key), what, suggestion(key, usable_keys(shape))));
}

void report_missing_key(const Place& place, std::string_view key, std::string_view what) {
  place.error(fmt::format("{} needs '{}', which is missing", what, key));
}

}  // namespace submeter::config
