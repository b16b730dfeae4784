// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <utility>

#include "simulate/pseudo_terminal.h"
#include "simulate/rtu_line.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::simulate {

/// A serial line on a pseudo-terminal, with the meters of one responder on it; and others that are set
/// otherwise. Who speaks at another speed than a meter's is not understood by it. Where meters differ, parity
/// counts as well; where they do not, it is not looked at, because not every asker lets it be seen. Loop
/// thread.
class RtuServer {
 public:
  /// `responder` outlives the server.
  RtuServer(Loop& loop, const SerialLine& line, PseudoTerminal terminal, Responder& responder,
            Echo echo = Echo::kNo);

  /// More meters on the same wires, set as `line` says. `responder` outlives the server.
  void add(const SerialLine& line, Responder& responder);

  const std::string& terminal_name() const { return terminal_.name(); }

 private:
  struct Setting {
    Setting(Loop& loop, const SerialLine& set, Responder& responder, RtuLine::Output output, Echo echo)
        : settings(set), line(loop, set, responder, std::move(output), echo) {}
    SerialLine settings;
    RtuLine line;
  };

  bool understands(const SerialLine& settings) const;
  void read();
  void write(std::span<const std::uint8_t> bytes);

  Loop& loop_;
  Echo echo_;
  PseudoTerminal terminal_;
  std::list<Setting> settings_;
  Watch watch_;
};

}  // namespace submeter::simulate
