// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "submeter/loop.h"
#include "submeter/result.h"

namespace submeter::io {

/// One address to connect to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// The most addresses of one name that are tried.
inline constexpr std::size_t kMaxAddresses = 4;

/// The address that `host` itself is ("10.0.4.20", "fd00::1"), or none: then it is a name.
std::vector<SocketAddress> numeric_address(const std::string& host, std::uint16_t port);

/// Asks the system's resolver for a name without holding up the loop.
///
/// getaddrinfo(3) blocks for as long as the name server pleases and cannot be called off. So it runs on a
/// thread of its own that shares nothing with us but a socket: its answer is one message. Who destroys the
/// look-up closes our end; the thread finds nobody listening and ends. getaddrinfo_a(3) would write into
/// memory that must outlive it, and musl does not have it.
class NameLookup {
 public:
  using Addresses = std::vector<SocketAddress>;
  /// Called once from the loop; may destroy the look-up.
  using Done = std::function<void(Result<Addresses>)>;

  /// Fails when the system has no descriptor or thread left.
  static Result<std::unique_ptr<NameLookup>> start(Loop& loop, const std::string& host, std::uint16_t port,
                                                   Done done);

 private:
  NameLookup(Loop& loop, std::string host, core::UniqueFd answer, Done done);
  void on_answer();

  std::string host_;
  Done done_;
  core::UniqueFd answer_;
  Watch watch_;
};

}  // namespace submeter::io
