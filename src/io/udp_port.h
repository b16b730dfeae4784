// SPDX-License-Identifier: Apache-2.0
// Exchanges datagrams with a port of this machine, 127.0.0.1. The socket is connected: the kernel drops what
// comes from anybody else, and tells when nobody is at the port. Opened with the first datagram, and tried
// again with each one where the system refused. Loop thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/unique_fd.h"
#include "submeter/datagram_port.h"
#include "submeter/loop.h"

namespace submeter::io {

class UdpPort final : public DatagramPort {
 public:
  /// What has come beyond that waits for the next turn of the loop, or is lost when the kernel's buffer is
  /// full.
  static constexpr int kDatagramsPerTurn = 16;

  UdpPort(Loop& loop, std::uint16_t port);

  void set_listener(Listener& listener) override { listener_ = &listener; }
  void send(std::span<const std::uint8_t> bytes) override;

 private:
  /// 0 or an errno, these two.
  int open();
  int send_now(std::span<const std::uint8_t> bytes);
  void read_some();
  Error explain(int error) const;

  Loop& loop_;
  std::uint16_t port_;
  Listener* listener_ = nullptr;
  core::UniqueFd socket_;
  std::optional<Watch> watch_;
  int failure_ = 0;
  Timer failing_;  // tells of failure_ from the loop
};

}  // namespace submeter::io
