// SPDX-License-Identifier: Apache-2.0
#include "publish/tls_probe.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "publish/credentials.h"
#include "tls/client_session.h"

namespace submeter::publish {
namespace {

// A broker that refuses our certificate under TLS 1.3 says so after our side of the handshake is done.
constexpr int kSlicesForLateAlert = 20;

// Repeats `step` as OpenSSL asks for it. Returns the last SSL_get_error().
template <class Step>
int drive(SSL* ssl, int fd, Step step, Patience& patience, int slices) {
  for (;;) {
    ERR_clear_error();
    const int result = step();
    const int outcome = result > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
    const bool wants_read = outcome == SSL_ERROR_WANT_READ;
    if (!wants_read && outcome != SSL_ERROR_WANT_WRITE) return outcome;
    if (!patience.wait(fd, wants_read ? POLLIN : POLLOUT, slices)) return outcome;
  }
}

}  // namespace

std::optional<Error> probe_tls(int fd, const MqttOptions& options, Patience& patience) {
  const auto session = tls::ClientSession::make(broker_peer(options));
  if (!session) return session.error();
  SSL* ssl = (*session)->ssl();
  SSL_set_fd(ssl, fd);
  const int handshake = drive(
      ssl, fd, [ssl] { return SSL_connect(ssl); }, patience, Patience::kSlices);
  if (handshake != SSL_ERROR_NONE) return (*session)->explain_handshake(handshake);
  char byte = 0;
  drive(
      ssl, fd, [ssl, &byte] { return SSL_read(ssl, &byte, 1); }, patience, kSlicesForLateAlert);
  return (*session)->refusal();
}

}  // namespace submeter::publish
