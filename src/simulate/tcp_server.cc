// SPDX-License-Identifier: Apache-2.0
#include "simulate/tcp_server.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "simulate/loopback_listener.h"

namespace submeter::simulate {

Result<std::unique_ptr<TcpServer>> TcpServer::listen(Loop& loop, const TcpEndpoint& endpoint,
                                                     Responder& responder) {
  auto socket = listen_on_loopback(endpoint.host, endpoint.port);
  if (!socket) return socket.error();
  return std::make_unique<TcpServer>(loop, std::move(*socket), responder);
}

TcpServer::TcpServer(Loop& loop, core::UniqueFd socket, Responder& responder)
    : loop_(loop),
      socket_(std::move(socket)),
      responder_(responder),
      reaper_(loop, [this] { connections_.remove_if([](const Connection& one) { return one.closed(); }); }),
      watch_(loop, socket_.get(), Interest::kRead, [this](Readiness) { accept_all(); }) {}

std::uint16_t TcpServer::port() const {
  return port_of(socket_.get());
}

void TcpServer::accept_all() {
  for (std::size_t i = 0; i < kMostConnections; ++i) {
    core::UniqueFd client = accept_client(socket_.get());
    if (!client.valid()) return;
    if (connections_.size() >= kMostConnections) continue;  // closed at once
    connections_.emplace_back(loop_, std::move(client), *this);
  }
}

TcpServer::Connection::Connection(Loop& loop, core::UniqueFd socket, TcpServer& server)
    : socket_(std::move(socket)),
      server_(server),
      session_(loop, server.responder_, [this](std::span<const std::uint8_t> bytes) { write(bytes); }),
      watch_(loop, socket_.get(), Interest::kRead, [this](Readiness) { read(); }) {}

void TcpServer::Connection::read() {
  std::array<std::uint8_t, 1'024> buffer{};
  const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0 || !session_.receive(std::span(buffer).first(static_cast<std::size_t>(count)))) close();
}

void TcpServer::Connection::write(std::span<const std::uint8_t> bytes) {
  // A client that lets hundreds of answers pile up does not want them.
  if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    close();
}

void TcpServer::Connection::close() {
  closed_ = true;
  watch_.set_interest(Interest::kNone);
  session_.reset();
  ::shutdown(socket_.get(), SHUT_RDWR);
  server_.reaper_.start_after(Duration::zero());
}

}  // namespace submeter::simulate
