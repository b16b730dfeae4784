// SPDX-License-Identifier: Apache-2.0
#include "publish/connect_diagnosis.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "core/unique_fd.h"
#include "publish/patience.h"
#include "publish/tls_probe.h"

namespace submeter::publish {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// The address that Paho uses: the first of IPv4, else the last.
const addrinfo& chosen(const Addresses& list) {
  const addrinfo* entry = list.get();
  while (entry->ai_family != AF_INET && entry->ai_next != nullptr) entry = entry->ai_next;
  return *entry;
}

std::string text_of(const addrinfo& address, std::uint16_t port) {
  std::array<char, NI_MAXHOST> host{};
  ::getnameinfo(address.ai_addr, address.ai_addrlen, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
  return address.ai_family == AF_INET6 ? fmt::format("[{}]:{}", host.data(), port)
                                       : fmt::format("{}:{}", host.data(), port);
}

Error unreachable(const std::string& where, int error) {
  switch (error) {
    case ECONNREFUSED:
      return {fmt::format("{} refused the connection: no broker listens there (mqtt.url)", where)};
    case ETIMEDOUT:
      return {fmt::format("no answer from {}: host down, or a firewall in between", where)};
    default:
      return {fmt::format("cannot reach {}: {}", where, std::strerror(error))};
  }
}

// 0, or the errno of the failure.
int connect_tcp(int fd, const addrinfo& address, Patience& patience) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!patience.wait(fd, POLLOUT)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Error diagnose_connection(const MqttOptions& options, const std::atomic<bool>& cancelled) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(options.port);
  if (const int failed = ::getaddrinfo(options.host.c_str(), port.c_str(), &hints, &found); failed != 0) {
    return {fmt::format("cannot look up \"{}\" (mqtt.url): {}", options.host, ::gai_strerror(failed))};
  }
  const Addresses addresses(found);
  const addrinfo& address = chosen(addresses);
  const std::string where = text_of(address, options.port);

  Patience patience(cancelled);
  const core::UniqueFd socket(
      ::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol));
  if (!socket) return unreachable(where, errno);
  if (const int error = connect_tcp(socket.get(), address, patience); error != 0)
    return unreachable(where, error);
  if (options.tls) {
    if (auto problem = probe_tls(socket.get(), options, patience)) return *problem;
  }
  return {fmt::format(
      "{} takes the connection{}, but did not accept MQTT {} from \"{}\"; the broker's log tells why", where,
      options.tls ? " and TLS" : "", options.version == MqttVersion::k5 ? "5" : "3.1.1", options.client_id)};
}

}  // namespace submeter::publish
