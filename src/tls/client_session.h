// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "submeter/result.h"
#include "tls/peer.h"

namespace submeter::tls {

/// TLS 1.2 suites of good strength; those of TLS 1.3 are always on. As no older version has a suite in this
/// list, it is also the floor of TLS 1.2 for a library that has no option for it. The level stands there for
/// Paho, which sets a lower one and would take RSA keys of 1024 bits.
inline constexpr const char* kCiphers = "TLSv1.2+HIGH:!aNULL:@SECLEVEL=2";

/// One TLS connection of ours before and after its handshake: TLS 1.2 or newer, the peer's chain and name
/// always verified, our certificate shown. Whoever made it gives it a socket or BIOs, makes it shake hands,
/// and asks here what went wrong.
class ClientSession {
 public:
  /// Reads the peer's files; the error says which of them is of no use. A private key with a pass phrase is
  /// of none: nobody is there to type it.
  static Result<std::unique_ptr<ClientSession>> make(Peer peer);
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  SSL* ssl() { return ssl_.get(); }
  /// Why the handshake ended in this SSL_get_error(). Right after it, on the same thread.
  Error explain_handshake(int outcome) const;
  /// Our certificate may be refused after our side of the handshake is done (TLS 1.3): the fatal alert.
  std::optional<Error> refusal() const;

 private:
  template <auto Free>
  struct Freer {
    template <class T>
    void operator()(T* object) const {
      Free(object);
    }
  };

  explicit ClientSession(Peer peer) : peer_(std::move(peer)) {}
  std::optional<Error> set_up();
  std::optional<Error> load_files();
  std::optional<Error> load_trust();
  std::optional<Error> offer_protocols();
  static int note_verification(int ok, X509_STORE_CTX* store);
  static void note_alert(const SSL* ssl, int where, int value);

  Peer peer_;
  bool has_crls_ = false;      // in what we trust
  std::string chain_problem_;  // what is wrong with the peer's chain
  int alert_ = -1;             // the fatal alert that the peer sent
  std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freer<SSL_free>> ssl_;
};

}  // namespace submeter::tls
