// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (CRLs). They stand in the same PEM file as the certificates that are trusted;
// where there is one, the server's certificate needs a current one of its issuer, and must not be in it. As
// Mosquitto's `crlfile`: certificates between the server's and the trusted one are not asked about.
#pragma once

#include <openssl/x509_vfy.h>

#include <string>

namespace submeter::tls {

/// Whether there is a CRL among what is trusted.
bool holds_crls(const X509_STORE* store);
/// Whether the file can be read and holds a CRL.
bool file_holds_crls(const std::string& ca_file);

/// Servers of the next connections need a current CRL of their issuer: for a TLS client that cannot be told
/// so itself, Paho. A ClientSession goes by its own file and does not mind.
///
/// Loop thread; the first call before the first connection is begun. A handshake under way may still be
/// judged by what held before.
void check_revocation(bool required);

}  // namespace submeter::tls
