// SPDX-License-Identifier: Apache-2.0
// YAML text as a tree that knows where everything was written. The only place that knows yaml-cpp.
//
// yaml-cpp's own tree forgets duplicate keys and expands aliases (430 bytes can become 457 million nodes), so
// the tree is built from its events: duplicate keys, anchors, aliases, tags and a second document are
// reported here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/source.h"

namespace submeter::config {

struct Entry;

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  Mark mark;
  Mark key_mark;                ///< Of the key this is the value of; else the same as `mark`.
  std::string text;             ///< Of a scalar.
  std::vector<YamlNode> items;  ///< Of a sequence.
  std::vector<Entry> entries;   ///< Of a map, in the order of the file, keys unique.

  const YamlNode* find(std::string_view key) const;
  /// "'9600'", "a list", "keys and values", "nothing": for messages.
  std::string describe() const;
};

struct Entry {
  std::string key;
  YamlNode value;
};

/// The text's only document; an empty text is a null node. Empty after a syntax error, which is reported.
std::optional<YamlNode> parse_yaml(const Source& source, const std::string& text);

}  // namespace submeter::config
