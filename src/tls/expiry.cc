// SPDX-License-Identifier: Apache-2.0
#include "tls/expiry.h"

#include <openssl/ssl.h>

#include <chrono>
#include <ctime>

#include "tls/certificate_text.h"
#include "tls/client_session.h"

namespace submeter::tls {
namespace {

std::optional<UtcTime> end_of(const X509* certificate) {
  using namespace std::chrono;
  std::tm utc{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1) return std::nullopt;
  const sys_days day = year(utc.tm_year + 1900) / (utc.tm_mon + 1) / utc.tm_mday;
  return day + hours(utc.tm_hour) + minutes(utc.tm_min) + seconds(utc.tm_sec);
}

void note(const X509* certificate, std::optional<Expiry>& first) {
  if (certificate == nullptr) return;
  const auto end = end_of(certificate);
  if (end && (!first || *end < first->at)) first = {.at = *end, .subject = subject_text(certificate)};
}

std::optional<Expiry> first_of_own(const SSL* ssl) {
  std::optional<Expiry> first;
  note(SSL_get_certificate(ssl), first);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(SSL_get_SSL_CTX(ssl), &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) note(sk_X509_value(chain, i), first);
  return first;
}

std::optional<Expiry> first_of_trusted(const SSL* ssl) {
  std::optional<Expiry> first;
  const auto* objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)));
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    note(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)), first);
  }
  return first;
}

}  // namespace

Result<Expiries> read_expiries(const Peer& peer) {
  const auto session = ClientSession::make(peer);
  if (!session) return session.error();
  const SSL* ssl = (*session)->ssl();
  Expiries expiries{.own = first_of_own(ssl), .trusted = std::nullopt};
  if (!peer.ca_file.empty()) expiries.trusted = first_of_trusted(ssl);
  return expiries;
}

}  // namespace submeter::tls
