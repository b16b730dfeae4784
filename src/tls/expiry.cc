// SPDX-License-Identifier: Apache-2.0
#include "tls/expiry.h"

#include <openssl/ssl.h>

#include <chrono>
#include <ctime>

#include "tls/certificate_text.h"
#include "tls/client_session.h"

namespace submeter::tls {
namespace {

std::optional<UtcTime> utc_of(const ASN1_TIME* time) {
  using namespace std::chrono;
  std::tm utc{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) return std::nullopt;
  const sys_days day = year(utc.tm_year + 1900) / (utc.tm_mon + 1) / utc.tm_mday;
  return day + hours(utc.tm_hour) + minutes(utc.tm_min) + seconds(utc.tm_sec);
}

void note(const ASN1_TIME* time, const std::string& whose, std::optional<Expiry>& first) {
  const auto end = utc_of(time);
  if (end && (!first || *end < first->at)) first = {.at = *end, .subject = whose};
}

void note(const X509* certificate, std::optional<Expiry>& first) {
  if (certificate != nullptr) note(X509_get0_notAfter(certificate), subject_text(certificate), first);
}

std::optional<Expiry> first_of_own(const SSL* ssl) {
  std::optional<Expiry> first;
  note(SSL_get_certificate(ssl), first);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(SSL_get_SSL_CTX(ssl), &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) note(sk_X509_value(chain, i), first);
  return first;
}

void note_trusted(const SSL* ssl, Expiries& expiries) {
  const auto* objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    X509_OBJECT* object = sk_X509_OBJECT_value(objects, i);
    note(X509_OBJECT_get0_X509(object), expiries.trusted);
    if (const X509_CRL* crl = X509_OBJECT_get0_X509_CRL(object))
      note(X509_CRL_get0_nextUpdate(crl), issuer_text(crl), expiries.crl);
  }
}

}  // namespace

Result<Expiries> read_expiries(const Peer& peer) {
  const auto session = ClientSession::make(peer);
  if (!session) return session.error();
  const SSL* ssl = (*session)->ssl();
  Expiries expiries{.own = first_of_own(ssl), .trusted = std::nullopt};
  if (!peer.ca_file.empty()) note_trusted(ssl, expiries);
  return expiries;
}

}  // namespace submeter::tls
