// SPDX-License-Identifier: Apache-2.0
// A server with certificates of any date, and clients that shake hands with it over a pair of BIOs.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>

namespace submeter::tls {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// When a certificate is valid: "20360101000000Z".
struct Validity {
  const char* from;
  const char* to;
};

/// A server for "broker.example" whose certificate a CA has signed that is valid from 1950 to 2100.
class Server {
 public:
  explicit Server(Validity validity, const char* usage = "serverAuth");
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string ca_file() const { return (folder_ / "ca.pem").string(); }
  /// A client that nobody has prepared, as a library makes it: "ok" or OpenSSL's word for why not.
  std::string greet_foreign_client(const std::string& expected_host, const std::string& ca_file) const;
  /// Ours: "ok" or its explanation.
  std::string greet_our_client() const;

 private:
  /// The client's last SSL_get_error().
  int shake_hands(SSL* client) const;

  std::filesystem::path folder_;
  Owned<SSL_CTX> context_;
};

}  // namespace submeter::tls
