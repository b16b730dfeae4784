// SPDX-License-Identifier: Apache-2.0
// The far end of a TLS stream: OpenSSL as a server that demands a client certificate, bytes in, bytes out.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "certificates.h"

namespace submeter::io {

class TlsServer {
 public:
  using Bytes = std::vector<std::uint8_t>;

  TlsServer(const CertificateFiles& own, const std::string& trusted_ca, int version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_security_level(context_.get(), 0);  // so that it would speak TLS 1.0
    SSL_CTX_use_certificate_chain_file(context_.get(), own.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), own.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_load_verify_file(context_.get(), trusted_ca.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  /// Some servers send none: then nothing comes after the handshake.
  void send_no_tickets() { SSL_CTX_set_num_tickets(context_.get(), 0); }
  /// A new client comes.
  void accept() {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
    received.clear();
    closed = false;
  }
  /// Returns what it has to say to that.
  Bytes receive(std::span<const std::uint8_t> bytes) {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    std::array<char, 4096> buffer{};
    int count = 0;
    while ((count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    closed = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
    return output();
  }
  Bytes send(const std::string& text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
    return output();
  }
  Bytes close() {
    SSL_shutdown(ssl_.get());
    return output();
  }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  /// The name that the client asked for; empty: none.
  std::string asked_name() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

  std::string received;
  bool closed = false;  ///< The client has said good-bye.

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Bytes output() {
    Bytes bytes(static_cast<std::size_t>(BIO_pending(SSL_get_wbio(ssl_.get()))));
    BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace submeter::io
