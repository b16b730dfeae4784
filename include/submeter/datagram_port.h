// SPDX-License-Identifier: Apache-2.0
// A non-blocking way to exchange datagrams with one peer; production: io/udp_port.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "submeter/result.h"

namespace submeter {

/// Used by one owner, on the loop thread.
class DatagramPort {
 public:
  /// Of a longer datagram one byte more than this is delivered, so that it does not pass for a whole one.
  static constexpr std::size_t kMaxLength = 1'024;

  /// Who is told, from the loop and never out of send().
  class Listener {
   public:
    virtual ~Listener() = default;
    /// One datagram of the peer and of nobody else. The bytes are valid during the call only.
    virtual void on_datagram(std::span<const std::uint8_t> bytes) = 0;
    /// Nobody is at the peer's address, or the system cannot send: what was sent will not be answered.
    virtual void on_unreachable(const Error& reason) = 0;
  };

  virtual ~DatagramPort() = default;
  /// Before the first send(); the listener outlives the port's use.
  virtual void set_listener(Listener& listener) = 0;
  /// Sends or loses the datagram; never waits.
  virtual void send(std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace submeter
