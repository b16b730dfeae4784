// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meters/register_map.h"
#include "submeter/options.h"

namespace submeter::tool {

/// A type and its word in a register map.
struct TypeWord {
  meters::Type type;
  std::string_view word;
};
std::span<const TypeWord> type_words();

// As a register map or a configuration spells them.
std::string_view type_word(meters::Type type);
std::string_view order_word(meters::WordOrder order);
std::string_view encoding_word(meters::PfEncoding encoding);
std::string_view function_word(meters::Table table);
std::string_view parity_word(Parity parity);

/// "1 map", "12 maps"
std::string counted(std::size_t count, std::string_view what);
/// A number without what it does not need: "0.01", "230.4", "12".
std::string plain(const Decimal& number);
std::string joined(const std::vector<std::string>& texts, std::string_view separator);

}  // namespace submeter::tool
