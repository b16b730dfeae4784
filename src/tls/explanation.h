// SPDX-License-Identifier: Apache-2.0
// Why TLS failed, for the person who set it up: which side, which file, which key of the configuration.
#pragma once

#include <openssl/x509_vfy.h>

#include <string>

#include "submeter/result.h"
#include "tls/peer.h"

namespace submeter::tls {

/// "mqtt.ca_file /etc/…/ca.pem", or the system's certificates.
std::string trust_text(const Peer& peer);
/// What is wrong with the certificate of the peer's chain at which verification has stopped. Says so if it
/// was verified as of another time than the system's.
std::string chain_text(X509_STORE_CTX* verification, const Peer& peer);
/// The peer ended it with this fatal alert (SSL_AD_…).
Error alert_error(int alert, const Peer& peer);
/// The handshake ended in this SSL_get_error(), neither over a certificate nor with an alert.
Error handshake_error(int outcome, const Peer& peer);
/// The oldest error that OpenSSL noted on this thread; forgets them all.
std::string library_error();

}  // namespace submeter::tls
