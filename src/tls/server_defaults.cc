// SPDX-License-Identifier: Apache-2.0
#include "tls/server_defaults.h"

#include <openssl/x509v3.h>

#include <chrono>
#include <ctime>

#include "submeter/check.h"
#include "tls/verification_time.h"

namespace submeter::tls {
namespace {

// Paho makes its own SSL_CTX and shows it to nobody. But every TLS client of OpenSSL's takes the defaults of
// its verification, for each handshake anew, from what a table of the process has under this name
// (ssl_verify_cert_chain() in its ssl/ssl_cert.c), entries of the application first
// (X509_VERIFY_PARAM_lookup()). Servers take theirs from "ssl_client".
constexpr const char* kServersOfTls = "ssl_server";

// What OpenSSL's own entry has; the time is there, but not yet used.
X509_VERIFY_PARAM* put_into_table() {
  X509_VERIFY_PARAM* param = X509_VERIFY_PARAM_new();
  const bool done = param != nullptr && X509_VERIFY_PARAM_set1_name(param, kServersOfTls) == 1 &&
                    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) == 1 &&
                    X509_VERIFY_PARAM_set_trust(param, X509_TRUST_SSL_SERVER) == 1;
  SUBMETER_CHECK(done);
  const auto built = std::chrono::floor<std::chrono::seconds>(build_time().time_since_epoch());
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(built.count()));
  X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
  SUBMETER_CHECK(X509_VERIFY_PARAM_add0_table(param) == 1);
  // The first look-up sorts the table, which is a write: now, before there are other threads.
  SUBMETER_CHECK(X509_VERIFY_PARAM_lookup(kServersOfTls) == param);
  return param;
}

}  // namespace

X509_VERIFY_PARAM* server_defaults() {
  static X509_VERIFY_PARAM* const param = put_into_table();
  return param;
}

}  // namespace submeter::tls
