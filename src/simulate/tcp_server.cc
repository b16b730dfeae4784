// SPDX-License-Identifier: Apache-2.0
#include "simulate/tcp_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace submeter::simulate {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Empty for anything but the loopback interface: a simulated meter is nobody else's business.
std::optional<SocketAddress> loopback_address(const TcpEndpoint& endpoint) {
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  SocketAddress address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1 &&
      ntohl(v4.sin_addr.s_addr) >> 24U == IN_LOOPBACKNET) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    return address;
  }
  return std::nullopt;
}

std::string why_not(const TcpEndpoint& endpoint, int error) {
  const char* advice = error == EADDRINUSE ? "; another program, or another simulator, listens there"
                       : error == EACCES ? "; ports below 1024 are root's: give the bus a higher one, as 1502"
                                         : "";
  return fmt::format("cannot listen on {}:{}: {}{}", endpoint.host, endpoint.port, std::strerror(error),
                     advice);
}

}  // namespace

Result<std::unique_ptr<TcpServer>> TcpServer::listen(Loop& loop, const TcpEndpoint& endpoint,
                                                     Responder& responder) {
  auto address = loopback_address(endpoint);
  if (!address) {
    return Error{fmt::format(
        "{}:{} is not on this machine; simulated meters listen on the loopback interface only: use a copy of "
        "the configuration with host: 127.0.0.1",
        endpoint.host, endpoint.port)};
  }
  core::UniqueFd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  const bool listening = fd.valid() &&
                         ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                         ::bind(fd.get(), address->get(), address->size) == 0 && ::listen(fd.get(), 16) == 0;
  if (!listening) return Error{why_not(endpoint, errno)};
  return std::make_unique<TcpServer>(loop, std::move(fd), responder);
}

TcpServer::TcpServer(Loop& loop, core::UniqueFd socket, Responder& responder)
    : loop_(loop),
      socket_(std::move(socket)),
      responder_(responder),
      reaper_(loop, [this] { connections_.remove_if([](const Connection& one) { return one.closed(); }); }),
      watch_(loop, socket_.get(), Interest::kRead, [this](Readiness) { accept_all(); }) {}

std::uint16_t TcpServer::port() const {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(socket_.get(), address.get(), &address.size) != 0) return 0;
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

void TcpServer::accept_all() {
  for (std::size_t i = 0; i < kMostConnections; ++i) {
    core::UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client.valid()) return;
    if (connections_.size() >= kMostConnections) continue;  // closed at once
    const int yes = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
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
