// SPDX-License-Identifier: Apache-2.0
#include "store/flat_json.h"

namespace submeter::store {
namespace {

/// Behind the string that begins at `begin`; npos when it has no end.
std::size_t end_of_string(std::string_view json, std::size_t begin) {
  for (std::size_t at = begin + 1; at < json.size(); ++at) {
    if (json[at] == '"') return at + 1;
    if (json[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

std::size_t end_of_value(std::string_view json, std::size_t begin) {
  if (begin < json.size() && json[begin] == '"') return end_of_string(json, begin);
  std::size_t at = begin;
  while (at < json.size() && json[at] != ',' && json[at] != '}') ++at;
  return at;
}

}  // namespace

std::vector<Member> split_flat_object(std::string_view json) {
  constexpr std::size_t kUsualMembers = 32;
  std::vector<Member> members;
  members.reserve(kUsualMembers);
  if (!json.starts_with('{')) return {};
  for (std::size_t at = 0; members.size() < kMostMembers;) {
    // At the brace or comma before a member.
    const std::size_t key = at + 1;
    if (key >= json.size() || json[key] != '"') return {};
    const std::size_t value = end_of_string(json, key);
    if (value >= json.size() || json[value] != ':') return {};
    const std::string_view name = json.substr(key + 1, value - key - 2);
    if (name.find('\\') != std::string_view::npos) return {};
    at = end_of_value(json, value + 1);
    if (at >= json.size()) return {};
    members.push_back({name, json.substr(value + 1, at - value - 1)});
    if (json[at] == '}') return at + 1 == json.size() ? members : std::vector<Member>{};
    if (json[at] != ',') return {};
  }
  return {};
}

}  // namespace submeter::store
