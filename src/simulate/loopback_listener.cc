// SPDX-License-Identifier: Apache-2.0
#include "simulate/loopback_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace submeter::simulate {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Empty for anything but the loopback interface.
std::optional<SocketAddress> loopback_address(const std::string& name, std::uint16_t port) {
  const std::string host = name == "localhost" ? "127.0.0.1" : name;
  SocketAddress address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1 &&
      ntohl(v4.sin_addr.s_addr) >> 24U == IN_LOOPBACKNET) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    return address;
  }
  return std::nullopt;
}

std::string why_not(const std::string& host, std::uint16_t port, int error) {
  const char* advice = error == EADDRINUSE ? "; another program, or another simulator, listens there"
                       : error == EACCES ? "; ports below 1024 are root's: give the bus a higher one, as 1502"
                                         : "";
  return fmt::format("cannot listen on {}:{}: {}{}", host, port, std::strerror(error), advice);
}

}  // namespace

Result<core::UniqueFd> listen_on_loopback(const std::string& host, std::uint16_t port) {
  auto address = loopback_address(host, port);
  if (!address) {
    return Error{fmt::format(
        "{}:{} is not on this machine; simulated meters listen on the loopback interface only: use a copy of "
        "the configuration with host: 127.0.0.1",
        host, port)};
  }
  core::UniqueFd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  const bool listening = fd.valid() &&
                         ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                         ::bind(fd.get(), address->get(), address->size) == 0 && ::listen(fd.get(), 16) == 0;
  if (!listening) return Error{why_not(host, port, errno)};
  return fd;
}

std::uint16_t port_of(int socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(socket, address.get(), &address.size) != 0) return 0;
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

core::UniqueFd accept_client(int socket) {
  core::UniqueFd client(::accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int yes = 1;
  if (client.valid()) ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return client;
}

}  // namespace submeter::simulate
