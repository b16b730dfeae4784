// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "submeter/result.h"

namespace submeter::io {

/// The lock file by which programs keep off a serial port that another one uses: LCK..<name> with the
/// holder's process id in ten columns (FHS 3.0, 5.9). Removed with the object.
class LockFile {
 public:
  LockFile() = default;
  /// Takes over a file whose process has gone. Fails when a living process holds it, which the error names.
  /// Where no file can be made (no such directory, sandbox) the lock is empty: the other locks on the port
  /// still hold.
  static Result<LockFile> take(const std::string& directory, const std::string& device);
  ~LockFile();
  LockFile(LockFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }

  bool taken() const { return !path_.empty(); }

 private:
  explicit LockFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace submeter::io
