// SPDX-License-Identifier: Apache-2.0
// A TCP connection that never blocks the loop: numeric addresses connect at once, names go through a
// NameLookup, and every address of a name is tried. Keep-alive and TCP_NODELAY are on: a dead peer is noticed
// within half a minute. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "io/fd_stream.h"
#include "io/name_lookup.h"
#include "submeter/byte_stream.h"
#include "submeter/loop.h"

namespace submeter::io {

class TcpStream final : public ByteStream, private FdStream::Owner {
 public:
  /// Look-up and connect together, all addresses of a name.
  static constexpr std::chrono::seconds kConnectTimeout{5};

  TcpStream(Loop& loop, std::string host, std::uint16_t port);
  ~TcpStream() override;

  void set_listener(Listener& listener) override { listener_ = &listener; }
  /// Ends within kConnectTimeout.
  void open() override;
  void close() override;
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t discard_input() override;
  void hold_input_until(MonoTime when) override;
  /// "10.0.4.20:502"
  std::string describe() const override;

 private:
  /// A connect(2) under way.
  struct Attempt {
    Attempt(Loop& loop, core::UniqueFd socket, std::function<void(Readiness)> on_ready);
    core::UniqueFd fd;
    Watch watch;
  };

  enum class Phase : std::uint8_t { kClosed, kBeginning, kLookingUp, kConnecting, kOpen };

  void begin();
  void look_up();
  void on_looked_up(Result<NameLookup::Addresses> addresses);
  /// `last_error`: the errno of the address before.
  void connect_to_next(int last_error);
  int begin_connect(const SocketAddress& address);
  void on_connect_ready();
  void on_timer();
  void fail(const Error& reason);
  Error explain(int error) const;

  void on_fd_bytes(std::span<const std::uint8_t> bytes) override { listener_->on_bytes(bytes); }
  void on_fd_broken(int error) override;

  Loop& loop_;
  std::string host_;
  std::uint16_t port_;
  Listener* listener_ = nullptr;

  Phase phase_ = Phase::kClosed;
  MonoTime deadline_{};                 // of all of opening
  std::unique_ptr<NameLookup> lookup_;  // outlives close(): its answer serves the next open() as well
  std::vector<SocketAddress> untried_;
  std::optional<Attempt> attempt_;
  std::optional<FdStream> stream_;
  Timer timer_;  // the begin of opening, then the end of the time for a look-up or an address
};

}  // namespace submeter::io
