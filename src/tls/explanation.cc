// SPDX-License-Identifier: Apache-2.0
#include "tls/explanation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/certificate_text.h"

namespace submeter::tls {
namespace {

// Nothing where the time was the system's.
std::string as_of_text(X509_STORE_CTX* verification) {
  const X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(verification);
  if ((X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_USE_CHECK_TIME) == 0) return {};
  return fmt::format(" (verified as of {:%FT%TZ}, the newest time known to be past)",
                     fmt::gmtime(X509_VERIFY_PARAM_get_time(param)));
}

// " on 2026-11-20T10:00:00Z", as its CRL says.
std::string revoked_text(X509_CRL* crl, X509* certificate) {
  X509_REVOKED* entry = nullptr;
  if (crl == nullptr || X509_CRL_get0_by_cert(crl, &entry, certificate) != 1) return {};
  return " on " + time_text(X509_REVOKED_get0_revocationDate(entry));
}

// Empty: it is not about a CRL.
std::string crl_text(X509_STORE_CTX* verification, const std::string& which, const Peer& peer) {
  X509* certificate = X509_STORE_CTX_get_current_cert(verification);
  X509_CRL* crl = X509_STORE_CTX_get0_current_crl(verification);
  const std::string issuer = issuer_text(certificate);
  switch (X509_STORE_CTX_get_error(verification)) {
    case X509_V_ERR_CERT_REVOKED:
      return fmt::format("{} was revoked by {}{} (CRL in {})", which, issuer, revoked_text(crl, certificate),
                         trust_text(peer));
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return fmt::format("the CRL of {} expired on {}{}; put its newest one into {}", issuer,
                         time_text(X509_CRL_get0_nextUpdate(crl)), as_of_text(verification),
                         trust_text(peer));
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return fmt::format("the CRL of {} in {} is not valid before {}{}; check the gateway's clock", issuer,
                         trust_text(peer), time_text(X509_CRL_get0_lastUpdate(crl)),
                         as_of_text(verification));
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return fmt::format("{} has CRLs, but none of {}, which issued the {}'s certificate; add its CRL",
                         trust_text(peer), issuer, peer.who);
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return fmt::format("the CRL of {0} in {1} is not signed by the {0} there, but by another of that name",
                         issuer, trust_text(peer));
    default:
      return {};
  }
}

// Empty: its cryptography is good enough.
std::string weakness_text(int error, X509* certificate, const std::string& which) {
  switch (error) {
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return fmt::format("{} has a key of {} bits, which is too small; it needs a new one with a larger key",
                         which, EVP_PKEY_get_bits(X509_get0_pubkey(certificate)));
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return fmt::format(
          "{} has a signature that can be forged ({}); it needs a new one, signed with SHA-256", which,
          OBJ_nid2ln(X509_get_signature_nid(certificate)));
    default:
      return {};
  }
}

}  // namespace

std::string trust_text(const Peer& peer) {
  return peer.ca_file.empty()
             ? fmt::format("the system's certificates ({}ca_file is not set)", peer.key_prefix)
             : fmt::format("{}ca_file {}", peer.key_prefix, peer.ca_file);
}

std::string chain_text(X509_STORE_CTX* verification, const Peer& peer) {
  const int error = X509_STORE_CTX_get_error(verification);
  const int depth = X509_STORE_CTX_get_error_depth(verification);
  X509* certificate = X509_STORE_CTX_get_current_cert(verification);
  const std::string which =
      depth == 0 ? peer.who + "'s certificate"
                 : fmt::format("certificate of {} in the {}'s chain", subject_text(certificate), peer.who);
  if (auto text = crl_text(verification, which, peer); !text.empty()) return text;
  if (auto text = weakness_text(error, certificate, which); !text.empty()) return text;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}{}", which, time_text(X509_get0_notAfter(certificate)),
                         as_of_text(verification));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}{}; check the gateway's clock", which,
                         time_text(X509_get0_notBefore(certificate)), as_of_text(verification));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("{} is for {}, not for \"{}\" ({})", which, names_text(certificate), peer.host,
                         peer.host_key);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("{} is self-signed, and not in {}", which, trust_text(peer));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("unknown CA: {}'s certificate was issued by {}, which is not in {}", peer.who,
                         issuer_text(certificate), trust_text(peer));
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return fmt::format("unknown CA: {} is not signed by the {} in {}, but by another of the same name",
                         which, issuer_text(certificate), trust_text(peer));
    default:
      return fmt::format("{} is refused: {}", which, X509_verify_cert_error_string(error));
  }
}

Error alert_error(int alert, const Peer& peer) {
  const char* text = SSL_alert_desc_string_long(alert);
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
      return {fmt::format("TLS: {} does not speak TLS 1.2 or newer", peer.who)};
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return {peer.alpn.empty() ? fmt::format("TLS: {0} wants a protocol to be named (ALPN); set {1}alpn",
                                              peer.who, peer.key_prefix)
                                : fmt::format("TLS: {} speaks none of {}alpn [{}]", peer.who, peer.key_prefix,
                                              fmt::join(peer.alpn, ", "))};
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case TLS13_AD_CERTIFICATE_REQUIRED:
      if (peer.cert_file.empty()) {
        return {fmt::format(
            "TLS: {0} wants a client certificate, or none of our ciphers ({1}); set {2}cert_file and "
            "{2}key_file",
            peer.who, text, peer.key_prefix)};
      }
      [[fallthrough]];
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_DECRYPT_ERROR:  // the CA that is trusted there has the name of ours, but is another
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_ACCESS_DENIED:
      return {fmt::format("TLS: {} refused our certificate: {}; check {}cert_file {}", peer.who, text,
                          peer.key_prefix, peer.cert_file)};
    default:
      return {fmt::format("TLS: {} ended the handshake: {}", peer.who, text)};
  }
}

Error handshake_error(int outcome, const Peer& peer) {
  if (outcome == SSL_ERROR_WANT_READ || outcome == SSL_ERROR_WANT_WRITE) {
    return {
        fmt::format("TLS: no answer to the handshake from {}:{}; is it a TLS port?", peer.host, peer.port)};
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return {fmt::format("TLS: {}:{} does not speak TLS; is it the port for TLS?", peer.host, peer.port)};
  }
  if (reason == SSL_R_UNSUPPORTED_PROTOCOL) {
    return {fmt::format("TLS: {} does not speak TLS 1.2 or newer", peer.who)};
  }
  if (outcome == SSL_ERROR_SYSCALL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {fmt::format("TLS: {}:{} closed the connection during the handshake; is it a TLS port?", peer.host,
                        peer.port)};
  }
  return {"TLS: " + library_error()};
}

std::string library_error() {
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? fmt::format("error {:#x}", code) : reason;
}

}  // namespace submeter::tls
