// SPDX-License-Identifier: Apache-2.0
// Takes a flat JSON object apart into texts that give the same bytes when they are put together again:
// {"key":value,…} without white space. It does not ask whether the values are JSON. Pure.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace submeter::store {

struct Member {
  std::string_view key;    ///< Without its quotes.
  std::string_view value;  ///< As it stands there, strings with their quotes.
};

constexpr std::size_t kMostMembers = 255;

/// Empty when the object has another form: nested, with white space, without or with too many members,
/// escapes in a key.
std::vector<Member> split_flat_object(std::string_view json);

}  // namespace submeter::store
