// SPDX-License-Identifier: Apache-2.0
// What a person wants to know of a certificate. Its texts come from the peer: control characters are replaced
// and lengths bounded before they reach a log.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace submeter::tls {

/// `"Acme Root CA"`: the common name, or the whole name where there is none.
std::string subject_text(const X509* certificate);
std::string issuer_text(const X509* certificate);
std::string issuer_text(const X509_CRL* crl);
/// `"broker.example.com", "10.0.0.1"`: what it is valid for, at most four names.
std::string names_text(X509* certificate);
/// "2026-11-20T10:00:00Z".
std::string time_text(const ASN1_TIME* time);

}  // namespace submeter::tls
