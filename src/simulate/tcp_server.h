// SPDX-License-Identifier: Apache-2.0
// A Modbus TCP gateway on the loopback interface, with the meters of one responder behind it. Loop thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "core/unique_fd.h"
#include "simulate/responder.h"
#include "simulate/tcp_session.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::simulate {

class TcpServer {
 public:
  /// Clients beyond this many are turned away.
  static constexpr std::size_t kMostConnections = 64;

  /// Listens on `endpoint`, whose host is the loopback interface by number or as "localhost"; port 0 is any
  /// that is free. `responder` outlives the server. The error says who may listen where.
  static Result<std::unique_ptr<TcpServer>> listen(Loop& loop, const TcpEndpoint& endpoint,
                                                   Responder& responder);

  TcpServer(Loop& loop, core::UniqueFd socket, Responder& responder);
  /// The port that it listens on.
  std::uint16_t port() const;

 private:
  class Connection {
   public:
    Connection(Loop& loop, core::UniqueFd socket, TcpServer& server);
    bool closed() const { return closed_; }

   private:
    void read();
    void write(std::span<const std::uint8_t> bytes);
    void close();

    core::UniqueFd socket_;
    TcpServer& server_;
    bool closed_ = false;
    TcpSession session_;
    Watch watch_;
  };

  void accept_all();

  Loop& loop_;
  core::UniqueFd socket_;
  Responder& responder_;
  std::list<Connection> connections_;
  Timer reaper_;  // removes closed connections, which cannot do so from within their own callbacks
  Watch watch_;
};

}  // namespace submeter::simulate
