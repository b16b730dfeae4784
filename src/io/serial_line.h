// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "core/unique_fd.h"
#include "io/lock_file.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::io {

/// A serial port that is open, set up and ours. Given back in the reverse order of being taken.
struct OpenedLine {
  LockFile lock_file;
  core::UniqueFd lock;               ///< Carries the flock(2).
  core::UniqueFd line;               ///< Non-blocking, 8 data bits, raw; set up by libmodbus.
  std::chrono::milliseconds held{};  ///< How long the adapter holds received bytes, though asked not to.
};

/// Takes the port exclusively before it touches its settings: lock file, flock(2), a look for programs that
/// use no locks, TIOCEXCL. The error says who holds the port or what to do about it.
Result<OpenedLine> open_serial_line(const SerialLine& line, const std::string& lock_directory);

}  // namespace submeter::io
