// SPDX-License-Identifier: Apache-2.0
// What a process leaves to the next about time, as the text that the store keeps. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "submeter/time.h"

namespace submeter::clock {

/// At `instant` of the boot `boot` the clock said `time`.
struct SyncNote {
  std::string boot;
  MonoTime instant{};
  UtcTime time{};
  std::optional<Duration> bound{};  ///< Of its error; empty after a step that nobody has vouched for.
  UtcTime sure{};                   ///< The newest time that was synced.
  bool operator==(const SyncNote&) const = default;
};

std::string to_text(const SyncNote& note);
/// Empty where the text is no note.
std::optional<SyncNote> parse_sync_note(std::string_view text);

}  // namespace submeter::clock
