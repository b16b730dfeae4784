// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "simulate/pseudo_terminal.h"
#include "simulate/rtu_line.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::simulate {

/// A serial line on a pseudo-terminal, with the meters of one responder on it. Who speaks at another speed
/// than the line's is not understood. Loop thread.
class RtuServer {
 public:
  /// `responder` outlives the server.
  RtuServer(Loop& loop, const SerialLine& line, PseudoTerminal terminal, Responder& responder,
            Echo echo = Echo::kNo);

  const std::string& terminal_name() const { return terminal_.name(); }

 private:
  void read();
  void write(std::span<const std::uint8_t> bytes);

  int baud_;
  PseudoTerminal terminal_;
  RtuLine line_;
  Watch watch_;
};

}  // namespace submeter::simulate
