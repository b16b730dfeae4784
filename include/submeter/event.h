// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "submeter/time.h"

namespace submeter {

/// One field of an event beyond those every record has; `json` is a finished JSON value.
struct EventField {
  std::string name;
  std::string json;
  bool operator==(const EventField&) const = default;
};

/// Something that happened to the gateway: clock_step, config_changed, store_dropped, …
struct Event {
  std::string name;
  std::string text;  ///< Says it to a person.
  MonoTime instant{};
  std::vector<EventField> fields;
  bool operator==(const Event&) const = default;
};

}  // namespace submeter
