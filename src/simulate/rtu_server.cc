// SPDX-License-Identifier: Apache-2.0
#include "simulate/rtu_server.h"

#include <unistd.h>

#include <array>
#include <utility>

namespace submeter::simulate {

RtuServer::RtuServer(Loop& loop, const SerialLine& line, PseudoTerminal terminal, Responder& responder,
                     Echo echo)
    : baud_(line.baud),
      terminal_(std::move(terminal)),
      line_(
          loop, line, responder, [this](std::span<const std::uint8_t> bytes) { write(bytes); }, echo),
      watch_(loop, terminal_.fd(), Interest::kRead, [this](Readiness) { read(); }) {}

void RtuServer::read() {
  std::array<std::uint8_t, 1'024> buffer{};
  const ssize_t count = ::read(terminal_.fd(), buffer.data(), buffer.size());
  if (count <= 0) return;
  terminal_.allow_next_user();
  if (terminal_.baud() == baud_) line_.receive(std::span(buffer).first(static_cast<std::size_t>(count)));
}

void RtuServer::write(std::span<const std::uint8_t> bytes) {
  // What nobody reads is lost, as on a wire.
  [[maybe_unused]] const ssize_t written = ::write(terminal_.fd(), bytes.data(), bytes.size());
}

}  // namespace submeter::simulate
