// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "core/unique_fd.h"
#include "simulate/responder.h"
#include "simulate/rtu_line.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::simulate {

/// A serial device server on the loopback interface in transparent mode: what its one client sends goes out
/// on the line behind it, with the line's timing, and what comes from there goes to the client. Clients
/// beyond the first are turned away. Loop thread.
class SerialDeviceServer {
 public:
  /// Listens where `options` says, see listen_on_loopback(). `responder` outlives the server.
  static Result<std::unique_ptr<SerialDeviceServer>> listen(Loop& loop, const DeviceServer& options,
                                                            Responder& responder);

  SerialDeviceServer(Loop& loop, core::UniqueFd socket, const SerialLine& line, Responder& responder);
  std::uint16_t port() const;

 private:
  struct Client {
    Client(Loop& loop, core::UniqueFd fd, std::function<void(Readiness)> on_ready)
        : socket(std::move(fd)), watch(loop, socket.get(), Interest::kRead, std::move(on_ready)) {}
    core::UniqueFd socket;
    Watch watch;
  };

  void accept();
  void read();
  void write(std::span<const std::uint8_t> bytes);
  void hang_up();

  Loop& loop_;
  core::UniqueFd socket_;
  RtuLine line_;
  std::optional<Client> client_;
  Watch watch_;
};

}  // namespace submeter::simulate
