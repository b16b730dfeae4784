// SPDX-License-Identifier: Apache-2.0
#include "io/tls_stream.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>

#include <array>
#include <utility>

#include "submeter/check.h"
#include "tls/client_session.h"
#include "tls/explanation.h"

namespace submeter::io {
namespace {

tls::Peer peer_of(const TcpEndpoint& server) {
  const TlsOptions& files = server.tls.value();
  return {.who = "server",
          .host = server.host,
          .port = server.port,
          .host_key = "host",
          .key_prefix = "",
          .ca_file = files.ca_file,
          .cert_file = files.cert_file,
          .key_file = files.key_file};
}

}  // namespace

TlsStream::TlsStream(Loop& loop, std::unique_ptr<ByteStream> connection, const TcpEndpoint& server)
    : connection_(std::move(connection)), server_(peer_of(server)), timer_(loop, [this] { on_timer(); }) {
  connection_->set_listener(*this);
}

TlsStream::~TlsStream() {
  close();
}

void TlsStream::open() {
  SUBMETER_CHECK(listener_ != nullptr && phase_ == Phase::kClosed);
  phase_ = Phase::kConnecting;
  timer_.start_after(kOpenTimeout);
  connection_->open();
}

void TlsStream::close() {
  if (phase_ == Phase::kOpen || phase_ == Phase::kAccepted) {
    ERR_clear_error();
    SSL_shutdown(session_->ssl());
    send_encrypted();
  }
  phase_ = Phase::kClosed;
  timer_.cancel();
  connection_->close();
  session_.reset();
  input_.clear();
}

void TlsStream::on_open() {
  auto session = tls::ClientSession::make(server_);
  if (!session) {
    fail(session.error());
    return;
  }
  session_ = std::move(*session);
  SSL_set_bio(session_->ssl(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(session_->ssl());
  phase_ = Phase::kShakingHands;
  shake_hands();
}

void TlsStream::on_bytes(std::span<const std::uint8_t> bytes) {
  if (phase_ == Phase::kEnded) return;
  BIO_write(SSL_get_rbio(session_->ssl()), bytes.data(), static_cast<int>(bytes.size()));
  if (phase_ == Phase::kShakingHands) {
    shake_hands();
  } else {
    decrypt();
  }
}

void TlsStream::shake_hands() {
  SSL* ssl = session_->ssl();
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl);
  const int outcome = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
  if (outcome != SSL_ERROR_NONE && outcome != SSL_ERROR_WANT_READ) {
    const Error reason = session_->explain_handshake(outcome);
    send_encrypted();  // our alert
    fail(reason);
    return;
  }
  send_encrypted();
  if (outcome == SSL_ERROR_WANT_READ) return;
  if (SSL_version(ssl) < TLS1_3_VERSION) {
    become_open();
    return;
  }
  phase_ = Phase::kAccepted;
  timer_.start_after(kTimeToRefuse);
  if (BIO_pending(SSL_get_rbio(ssl)) > 0) decrypt();
}

void TlsStream::decrypt() {
  SSL* ssl = session_->ssl();
  std::array<std::uint8_t, 4096> buffer;  // NOLINT(*-member-init): SSL_read() fills what is used
  ERR_clear_error();
  int count = 0;
  while ((count = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
    input_.insert(input_.end(), buffer.begin(), buffer.begin() + count);
  }
  const int outcome = SSL_get_error(ssl, count);
  if (outcome != SSL_ERROR_WANT_READ) {
    if (phase_ != Phase::kOpen) input_.clear();
    end(explain_break(outcome));
  }
  send_encrypted();
  if (phase_ == Phase::kAccepted) {
    become_open();
  } else {
    deliver();
  }
}

void TlsStream::send_encrypted() {
  std::array<std::uint8_t, 4096> buffer;  // NOLINT(*-member-init): BIO_read() fills what is used
  BIO* to_send = SSL_get_wbio(session_->ssl());
  int count = 0;
  while ((count = BIO_read(to_send, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
    connection_->write(std::span(buffer).first(static_cast<std::size_t>(count)));
  }
}

void TlsStream::write(std::span<const std::uint8_t> bytes) {
  if (phase_ != Phase::kOpen || bytes.empty()) return;
  ERR_clear_error();
  const int count = SSL_write(session_->ssl(), bytes.data(), static_cast<int>(bytes.size()));
  if (count <= 0) end(explain_break(SSL_get_error(session_->ssl(), count)));
  send_encrypted();
}

// A server that has sent something has taken our certificate. Who listens may close us: nothing may follow.
void TlsStream::become_open() {
  phase_ = Phase::kOpen;
  timer_.cancel();
  if (!input_.empty()) timer_.start_after(Duration::zero());
  listener_->on_open();
}

void TlsStream::on_timer() {
  switch (phase_) {
    case Phase::kConnecting:
      fail({fmt::format("no answer from {}: is the address right and the server powered?",
                        connection_->describe())});
      break;
    case Phase::kShakingHands:
      fail(session_->explain_handshake(SSL_ERROR_WANT_READ));
      break;
    case Phase::kAccepted:
      become_open();
      break;
    case Phase::kOpen:
      deliver();
      break;
    case Phase::kEnded:
      if (input_.empty()) {
        fail(end_reason_);
      } else {
        timer_.start_after(Duration::zero());
        deliver();
      }
      break;
    case Phase::kClosed:
      SUBMETER_CHECK(!"no timer runs in this state");
  }
}

void TlsStream::deliver() {
  if (input_.empty()) return;
  const std::vector<std::uint8_t> bytes = std::exchange(input_, {});
  listener_->on_bytes(bytes);
}

void TlsStream::end(Error reason) {
  phase_ = Phase::kEnded;
  end_reason_ = std::move(reason);
  timer_.start_after(Duration::zero());
}

void TlsStream::fail(const Error& reason) {
  close();
  listener_->on_down(reason);
}

Error TlsStream::explain_break(int outcome) const {
  if (auto refused = session_->refusal()) return std::move(*refused);
  if (outcome == SSL_ERROR_ZERO_RETURN) {
    return {fmt::format("{} closed the connection: does it allow one client more?", connection_->describe())};
  }
  return {fmt::format("TLS: connection to {} broke: {}", connection_->describe(), tls::library_error())};
}

void TlsStream::on_down(const Error& reason) {
  // There is no line left to say good-bye on.
  switch (std::exchange(phase_, Phase::kEnded)) {
    case Phase::kShakingHands:
      fail({fmt::format("TLS: handshake not finished: {}; is it a TLS port?", reason.message)});
      break;
    case Phase::kAccepted:
      fail({fmt::format("TLS: {} broke off after the handshake: does it take our certificate, cert_file {}?",
                        connection_->describe(), server_.cert_file)});
      break;
    case Phase::kEnded:
      break;  // timer_ tells, after what has come before
    default:
      fail(reason);
  }
}

}  // namespace submeter::io
