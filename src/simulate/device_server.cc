// SPDX-License-Identifier: Apache-2.0
#include "simulate/device_server.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "simulate/loopback_listener.h"

namespace submeter::simulate {

Result<std::unique_ptr<SerialDeviceServer>> SerialDeviceServer::listen(Loop& loop,
                                                                       const DeviceServer& options,
                                                                       Responder& responder) {
  auto socket = listen_on_loopback(options.host, options.port);
  if (!socket) return socket.error();
  return std::make_unique<SerialDeviceServer>(loop, std::move(*socket), options.line, responder);
}

SerialDeviceServer::SerialDeviceServer(Loop& loop, core::UniqueFd socket, const SerialLine& line,
                                       Responder& responder)
    : loop_(loop),
      socket_(std::move(socket)),
      line_(loop, line, responder, [this](std::span<const std::uint8_t> bytes) { write(bytes); }),
      watch_(loop, socket_.get(), Interest::kRead, [this](Readiness) { accept(); }) {}

std::uint16_t SerialDeviceServer::port() const {
  return port_of(socket_.get());
}

void SerialDeviceServer::accept() {
  core::UniqueFd client = accept_client(socket_.get());
  if (!client.valid() || client_) return;
  client_.emplace(loop_, std::move(client), [this](Readiness) { read(); });
}

void SerialDeviceServer::read() {
  std::array<std::uint8_t, 1'024> buffer{};
  const ssize_t count = ::recv(client_->socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    hang_up();
  } else {
    line_.receive(std::span(buffer).first(static_cast<std::size_t>(count)));
  }
}

void SerialDeviceServer::write(std::span<const std::uint8_t> bytes) {
  if (!client_) return;
  // A client that lets hundreds of answers pile up does not want them.
  if (::send(client_->socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size()))
    hang_up();
}

void SerialDeviceServer::hang_up() {
  line_.reset();
  client_.reset();
}

}  // namespace submeter::simulate
