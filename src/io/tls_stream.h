// SPDX-License-Identifier: Apache-2.0
// TLS over another stream, a TcpStream as a rule: that one connects, this one shakes hands, encrypts and
// tells apart what can go wrong. Modbus/TCP Security: mutual TLS 1.2 or newer, the server's chain and name
// verified. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "tls/peer.h"

namespace submeter::tls {
class ClientSession;
}

namespace submeter::io {

class TlsStream final : public ByteStream, private ByteStream::Listener {
 public:
  /// Connect and handshake together.
  static constexpr std::chrono::seconds kOpenTimeout{7};
  /// Under TLS 1.3 a server that refuses our certificate says so after the handshake: it has so long to.
  static constexpr std::chrono::milliseconds kTimeToRefuse{300};

  /// `connection` leads to `server`, whose `tls` is set. The files are read at each open(): new ones need no
  /// restart.
  TlsStream(Loop& loop, std::unique_ptr<ByteStream> connection, const TcpEndpoint& server);
  ~TlsStream() override;

  void set_listener(ByteStream::Listener& listener) override { listener_ = &listener; }
  /// Ends within kOpenTimeout and kTimeToRefuse.
  void open() override;
  void close() override;
  void write(std::span<const std::uint8_t> bytes) override;
  /// What is encrypted still cannot be left out: it is delivered later. Modbus TCP tells answers apart.
  std::size_t discard_input() override { return std::exchange(input_, {}).size(); }
  void hold_input_until(MonoTime when) override { connection_->hold_input_until(when); }
  /// "10.0.4.20:802 TLS"
  std::string describe() const override { return connection_->describe() + " TLS"; }

 private:
  enum class Phase : std::uint8_t {
    kClosed,
    kConnecting,
    kShakingHands,
    kAccepted,  ///< By us; the server may still refuse.
    kOpen,
    kEnded,  ///< The failure is told by timer_.
  };

  void on_open() override;
  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_down(const Error& reason) override;

  void shake_hands();
  void decrypt();
  void send_encrypted();
  void become_open();
  void on_timer();
  void deliver();
  /// Tells of it after what has come before it.
  void end(Error reason);
  void fail(const Error& reason);
  Error explain_break(int outcome) const;

  std::unique_ptr<ByteStream> connection_;
  tls::Peer server_;
  ByteStream::Listener* listener_ = nullptr;

  Phase phase_ = Phase::kClosed;
  std::unique_ptr<tls::ClientSession> session_;
  std::vector<std::uint8_t> input_;  // decrypted, not delivered yet
  Error end_reason_;
  Timer timer_;  // the end of the time to open, then of kTimeToRefuse, then end()
};

}  // namespace submeter::io
