// SPDX-License-Identifier: Apache-2.0
#include "clock/sync_note.h"

#include <cstdint>
#include <nlohmann/json.hpp>

namespace submeter::clock {

using Json = nlohmann::json;

std::string to_text(const SyncNote& note) {
  Json json{{"boot", note.boot},
            {"instant_ns", note.instant.time_since_epoch().count()},
            {"time_ms", note.time.time_since_epoch().count()},
            {"sure_ms", note.sure.time_since_epoch().count()}};
  if (note.bound) json["bound_ns"] = note.bound->count();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<SyncNote> parse_sync_note(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    SyncNote note{.boot = json.at("boot").get<std::string>(),
                  .instant = MonoTime(Duration(json.at("instant_ns").get<Duration::rep>())),
                  .time = UtcTime(std::chrono::milliseconds(json.at("time_ms").get<std::int64_t>())),
                  .sure = UtcTime(std::chrono::milliseconds(json.at("sure_ms").get<std::int64_t>()))};
    if (json.contains("bound_ns")) note.bound = Duration(json.at("bound_ns").get<Duration::rep>());
    return note;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace submeter::clock
