// SPDX-License-Identifier: Apache-2.0
// From one YAML value to one C++ value. A parser is called with a node; its error says what stands there and
// what was expected, the caller adds where. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/nearest_word.h"
#include "config/yaml_document.h"
#include "submeter/decimal.h"
#include "submeter/result.h"

namespace submeter::config {

/// "expected a whole number from 1 to 247, found 'x'".
Error expected(std::string_view what, const YamlNode& found);

Result<std::string> as_text(const YamlNode& node);  ///< Not empty.
Result<bool> as_bool(const YamlNode& node);         ///< true or false.
/// [a-z0-9][a-z0-9_-]{0,62}
Result<std::string> as_id(const YamlNode& node);
Result<Decimal> as_decimal(const YamlNode& node);
Result<Decimal> as_positive_decimal(const YamlNode& node);
/// "500ms", "5s", "15min", "1h", "7d".
Result<std::chrono::milliseconds> as_duration(const YamlNode& node);
/// Bytes: "512B", "64KiB", "256MiB", "2GiB".
Result<std::uint64_t> as_size(const YamlNode& node);
/// Decimal or 0x…, nothing around it. The building block of the whole numbers below and of register
/// addresses.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// A whole number of a range.
template <class T>
struct Integer {
  std::uint64_t lowest;
  std::uint64_t highest;

  Result<T> operator()(const YamlNode& node) const {
    const auto number = node.kind == YamlNode::Kind::kScalar ? parse_unsigned(node.text) : std::nullopt;
    if (!number || *number < lowest || *number > highest) {
      return expected("a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest),
                      node);
    }
    return static_cast<T>(*number);
  }
};

/// A duration of a range.
struct DurationIn {
  std::chrono::milliseconds shortest;
  std::chrono::milliseconds longest;
  Result<std::chrono::milliseconds> operator()(const YamlNode& node) const;
};

/// A size of at least so many bytes.
struct SizeFrom {
  std::uint64_t smallest;
  Result<std::uint64_t> operator()(const YamlNode& node) const;
};

/// One of a few words. Words that only another version of the program knows get their own message.
template <class T>
struct Choice {
  struct Option {
    std::string_view word;
    T value;
  };
  std::vector<Option> options;
  std::vector<std::string_view> unsupported = {};

  std::vector<std::string_view> words() const {
    std::vector<std::string_view> result;
    for (const Option& option : options) result.push_back(option.word);
    return result;
  }

  Result<T> operator()(const YamlNode& node) const {
    for (const Option& option : options) {
      if (node.kind == YamlNode::Kind::kScalar && node.text == option.word) return option.value;
    }
    for (const std::string_view word : unsupported) {
      if (node.text == word) {
        return Error{"'" + node.text + "' is not supported by this version; expected " + list_words(words())};
      }
    }
    return expected("one of " + list_words(words()), node);
  }
};

}  // namespace submeter::config
