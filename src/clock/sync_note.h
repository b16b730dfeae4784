// SPDX-License-Identifier: Apache-2.0
// What a process leaves to the next about time, as the text that the store keeps. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "submeter/time.h"

namespace submeter::clock {

/// The clock was synced: at `instant` of the boot `boot` it was `time`, by no more than `bound`.
struct SyncNote {
  std::string boot;
  MonoTime instant{};
  UtcTime time{};
  Duration bound{};
  bool operator==(const SyncNote&) const = default;
};

std::string to_text(const SyncNote& note);
/// Empty where the text is no note.
std::optional<SyncNote> parse_sync_note(std::string_view text);

}  // namespace submeter::clock
