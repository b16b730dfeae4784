// SPDX-License-Identifier: Apache-2.0
#include "simulate/rtu_server.h"

#include <unistd.h>

#include <array>
#include <utility>

namespace submeter::simulate {

RtuServer::RtuServer(Loop& loop, const SerialLine& line, PseudoTerminal terminal, Responder& responder,
                     Echo echo)
    : loop_(loop),
      echo_(echo),
      terminal_(std::move(terminal)),
      watch_(loop, terminal_.fd(), Interest::kRead, [this](Readiness) { read(); }) {
  add(line, responder);
}

void RtuServer::add(const SerialLine& line, Responder& responder) {
  settings_.emplace_back(
      loop_, line, responder, [this](std::span<const std::uint8_t> bytes) { write(bytes); }, echo_);
}

bool RtuServer::understands(const SerialLine& settings) const {
  const bool parity_counts = settings_.size() > 1;
  return terminal_.baud() == settings.baud && (!parity_counts || terminal_.parity() == settings.parity);
}

void RtuServer::read() {
  std::array<std::uint8_t, 1'024> buffer{};
  const ssize_t count = ::read(terminal_.fd(), buffer.data(), buffer.size());
  if (count <= 0) return;
  terminal_.allow_next_user();
  for (Setting& setting : settings_) {
    if (understands(setting.settings))
      setting.line.receive(std::span(buffer).first(static_cast<std::size_t>(count)));
  }
}

void RtuServer::write(std::span<const std::uint8_t> bytes) {
  // What nobody reads is lost, as on a wire.
  [[maybe_unused]] const ssize_t written = ::write(terminal_.fd(), bytes.data(), bytes.size());
}

}  // namespace submeter::simulate
