// SPDX-License-Identifier: Apache-2.0
// A queue.db that cannot be used is never deleted and never overwritten: it is renamed, with its log, and
// stays for whoever wants to look. Calls block.
#pragma once

#include <optional>
#include <string>

#include "submeter/result.h"

namespace submeter::store {

/// Renames `path` and what belongs to it to `path`.<UTC of its last change>.bad; the new name.
Result<std::string> set_aside(const std::string& path);

/// Remembers over the end of the process that `path` must be set aside at the next start. Best effort:
/// without it that start finds the damage again.
void mark_damaged(const std::string& path, const std::string& reason);
/// Why the last run gave `path` up.
std::optional<std::string> damage_mark(const std::string& path);
void remove_damage_mark(const std::string& path);

/// Makes names created, renamed or removed in a directory survive a power cut.
Result<void> sync_directory(const std::string& directory);

}  // namespace submeter::store
