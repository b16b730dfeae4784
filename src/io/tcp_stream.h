// SPDX-License-Identifier: Apache-2.0
// A TCP connection that never blocks the loop: numeric addresses connect at once, names are looked up by the system's
// asynchronous resolver (getaddrinfo_a). Keep-alive and TCP_NODELAY are on. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "submeter/byte_stream.h"
#include "submeter/loop.h"

namespace submeter::io {

class TcpStream final : public ByteStream {
 public:
  /// Look-up and connect together.
  static constexpr std::chrono::seconds kConnectTimeout{5};

  TcpStream(Loop& loop, std::string host, std::uint16_t port);
  ~TcpStream() override;

  void set_listener(Listener& listener) override;
  void open() override;
  void close() override;
  void write(std::span<const std::uint8_t> bytes) override;
  void discard_input() override;
  std::string describe() const override;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::io
