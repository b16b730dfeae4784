// SPDX-License-Identifier: Apache-2.0
// The journal as the program sees it: one line an event, facts first, what is done about it last, then fields
// as name=value. Written by a thread of spdlog's behind a bounded queue; the oldest lines go when it is full,
// so that a stalled journal never stalls the loop.
//
//   meter ahu-3 does not answer: no response, 2 tries; next try in 8 s  bus=rs485-1 meter=ahu-3
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "submeter/options.h"

namespace submeter::core {

/// Sends lines to standard error: with the journal's <priority> prefix under systemd, with a time and a level
/// word for people otherwise. Before the first line; without it lines go out unformatted at level info.
void start_log(LogLevel level);
/// Writes what is queued. At the end of main.
void stop_log();
void write_log(LogLevel level, std::string_view line);

template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace submeter::core
