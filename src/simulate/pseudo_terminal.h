// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal that stands where a configuration expects a serial port: a symbolic link at the port's
// path.
#pragma once

#include <filesystem>
#include <string>

#include "core/unique_fd.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::simulate {

class PseudoTerminal {
 public:
  /// Makes one and puts the link. Whatever stands at `link` is left alone and reported, unless it is a link
  /// to another pseudo-terminal, as a simulator that was killed leaves behind.
  static Result<PseudoTerminal> open(const std::filesystem::path& link);

  PseudoTerminal(PseudoTerminal&&) = default;
  PseudoTerminal& operator=(PseudoTerminal&&) = delete;
  /// Removes the link, if it is still this one's.
  ~PseudoTerminal();

  /// The end that plays the meters: non-blocking.
  int fd() const { return ours_.get(); }
  /// The other end: "/dev/pts/3".
  const std::string& name() const { return name_; }
  /// The speed that the other end was set to last, in baud; 0 if it is none of Modbus' usual ones.
  int baud() const;
  /// The parity that the other end asked for. A pseudo-terminal has none and drops PARENB, but it keeps INPCK
  /// (check what comes in) and PARODD, which an asker with parity sets beside it.
  Parity parity() const;
  /// Lifts a TIOCEXCL of the other end: a real port forgets it when its last user is gone, but this one has
  /// us.
  void allow_next_user();

 private:
  PseudoTerminal() = default;

  core::UniqueFd ours_;
  core::UniqueFd theirs_;  // kept open, or every client that leaves would be a hang-up
  std::string name_;
  std::filesystem::path link_;
};

}  // namespace submeter::simulate
