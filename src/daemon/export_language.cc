// SPDX-License-Identifier: Apache-2.0
#include "daemon/export_language.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace submeter::daemon {
namespace {

// Whole and not beyond what a place in the stream or a time can be: both are 63 bits where they are kept.
std::optional<std::int64_t> whole_number(const nlohmann::json& request, const char* key) {
  const auto found = request.find(key);
  if (found == request.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return found->get<std::int64_t>();
}

UtcTime to_time(std::int64_t milliseconds) {
  return UtcTime{std::chrono::milliseconds{milliseconds}};
}

}  // namespace

Result<store::RangeQuery> parse_export(const nlohmann::json& request) {
  const auto from = whole_number(request, "from");
  const auto to = whole_number(request, "to");
  const auto after = whole_number(request, "after");
  if (!from || !to || !after || *after < 0 || *after == INT64_MAX) {
    return Error{"export needs from and to, in milliseconds since 1970, and after, a sequence number"};
  }
  store::RangeQuery query{.from = to_time(*from), .to = to_time(*to), .circuits = {}, .after = {}};
  query.after = {static_cast<std::uint64_t>(*after)};
  const auto circuits = request.find("circuits");
  if (circuits == request.end()) return query;
  for (const auto& circuit : *circuits) {
    if (!circuits->is_array() || !circuit.is_string()) return Error{"circuits is a list of their ids"};
    query.circuits.push_back(circuit.get<std::string>());
  }
  return query;
}

std::string export_answer(const store::RangeBite& bite) {
  nlohmann::ordered_json missing = nlohmann::ordered_json::array();
  for (const store::SequenceRange& range : bite.missing) {
    missing.push_back({range.first.value, range.last.value});
  }
  std::string text = nlohmann::ordered_json{{"records", bite.records.size()},
                                            {"next", bite.next.value},
                                            {"done", bite.done},
                                            {"missing", std::move(missing)}}
                         .dump();
  text.reserve(text.size() + bite.bytes + bite.records.size());
  for (const Record& record : bite.records) text.append("\n").append(record.json);
  return text;
}

}  // namespace submeter::daemon
