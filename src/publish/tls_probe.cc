// SPDX-License-Identifier: Apache-2.0
#include "publish/tls_probe.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "publish/certificate_text.h"

namespace submeter::publish {
namespace {

// A broker that refuses our certificate under TLS 1.3 says so after our side of the handshake is done.
constexpr int kSlicesForLateAlert = 20;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freer<SSL_free>>;

// What the callbacks of one handshake noted.
struct Findings {
  const MqttOptions& options;
  std::string certificate;  // what is wrong with the broker's chain
  int alert = -1;           // the fatal alert that the broker sent
};

std::string trust_text(const MqttOptions& options) {
  return options.ca_file.empty() ? "the system's certificates (mqtt.ca_file is not set)"
                                 : "mqtt.ca_file " + options.ca_file;
}

std::string chain_error_text(int error, int depth, const X509* certificate, const MqttOptions& options) {
  const std::string which =
      depth == 0 ? "broker's certificate"
                 : fmt::format("certificate of {} in the broker's chain", subject_text(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}", which, time_text(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}; check the gateway's clock", which,
                         time_text(X509_get0_notBefore(certificate)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("broker's certificate is self-signed, and not in {}", trust_text(options));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("unknown CA: broker's certificate was issued by {}, which is not in {}",
                         issuer_text(certificate), trust_text(options));
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return fmt::format("unknown CA: {} is not signed by the {} in {}, but by another of the same name",
                         which, issuer_text(certificate), trust_text(options));
    default:
      return fmt::format("{} is refused: {}", which, X509_verify_cert_error_string(error));
  }
}

int note_verification(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* findings = static_cast<Findings*>(SSL_get_app_data(ssl));
  findings->certificate =
      chain_error_text(X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_error_depth(store),
                       X509_STORE_CTX_get_current_cert(store), findings->options);
  return 0;
}

void note_alert(const SSL* ssl, int where, int value) {
  const bool received = (where & SSL_CB_ALERT) != 0 && (where & SSL_CB_READ) != 0;
  if (received && (value >> 8) == SSL3_AL_FATAL)
    static_cast<Findings*>(SSL_get_app_data(ssl))->alert = value & 0xff;
}

std::string library_error() {
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? fmt::format("error {:#x}", code) : reason;
}

std::optional<Error> load_files(SSL_CTX* context, const MqttOptions& options) {
  const bool trust = options.ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context) == 1
                         : SSL_CTX_load_verify_file(context, options.ca_file.c_str()) == 1;
  if (!trust) return Error{fmt::format("TLS: cannot use {}: {}", trust_text(options), library_error())};
  if (options.cert_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) {
    return Error{fmt::format("TLS: cannot use mqtt.cert_file {}: {}", options.cert_file, library_error())};
  }
  const std::string& key = options.key_file.empty() ? options.cert_file : options.key_file;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Error{fmt::format("TLS: cannot use private key {} with mqtt.cert_file {}: {}", key,
                             options.cert_file, library_error())};
  }
  return {};
}

Error alert_error(int alert, const MqttOptions& options) {
  const char* text = SSL_alert_desc_string_long(alert);
  switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
      return {"TLS: broker does not speak TLS 1.2 or newer"};
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case TLS13_AD_CERTIFICATE_REQUIRED:
      if (options.cert_file.empty()) {
        return {
            fmt::format("TLS: broker wants a client certificate, or none of our ciphers ({}); set "
                        "mqtt.cert_file and mqtt.key_file",
                        text)};
      }
      [[fallthrough]];
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_ACCESS_DENIED:
      return {fmt::format("TLS: broker refused our certificate: {}; check mqtt.cert_file {}", text,
                          options.cert_file)};
    default:
      return {fmt::format("TLS: broker ended the handshake: {}", text)};
  }
}

Error handshake_error(int outcome, const Findings& findings) {
  if (!findings.certificate.empty()) return {"TLS: " + findings.certificate};
  if (findings.alert >= 0) return alert_error(findings.alert, findings.options);
  if (outcome == SSL_ERROR_WANT_READ || outcome == SSL_ERROR_WANT_WRITE) {
    return {fmt::format("TLS: no answer to the handshake from {}:{}; is it a TLS port?",
                        findings.options.host, findings.options.port)};
  }
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return {fmt::format("TLS: {}:{} does not speak TLS; is it the port for TLS?", findings.options.host,
                        findings.options.port)};
  }
  if (reason == SSL_R_UNSUPPORTED_PROTOCOL) return {"TLS: broker does not speak TLS 1.2 or newer"};
  if (outcome == SSL_ERROR_SYSCALL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return {fmt::format("TLS: {}:{} closed the connection during the handshake; is it a TLS port?",
                        findings.options.host, findings.options.port)};
  }
  return {"TLS: " + library_error()};
}

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

// As Paho does after its handshake.
std::optional<Error> check_host(const SSL* ssl, const std::string& host) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return Error{"TLS: broker showed no certificate"};
  if (X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1) return {};
  if (X509_check_ip_asc(certificate, host.c_str(), 0) == 1) return {};
  return Error{fmt::format("TLS: broker's certificate is for {}, not for \"{}\" (mqtt.url)",
                           names_text(certificate), host)};
}

}  // namespace

std::optional<Error> probe_tls(int fd, const MqttOptions& options, Patience& patience) {
  ERR_clear_error();
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return Error{"TLS: " + library_error()};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), kTlsCiphers);
  if (auto unusable = load_files(context.get(), options)) return unusable;

  Findings findings{.options = options, .certificate = {}};
  const Session ssl(SSL_new(context.get()));
  if (ssl == nullptr) return Error{"TLS: " + library_error()};
  SSL_set_app_data(ssl.get(), &findings);
  SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, note_verification);
  SSL_set_info_callback(ssl.get(), note_alert);
  SSL_set_tlsext_host_name(ssl.get(), options.host.c_str());
  SSL_set_fd(ssl.get(), fd);

  const int handshake = drive(
      ssl.get(), fd, [&ssl] { return SSL_connect(ssl.get()); }, patience, Patience::kSlices);
  if (handshake != SSL_ERROR_NONE) return handshake_error(handshake, findings);
  if (auto stranger = check_host(ssl.get(), options.host)) return stranger;
  char byte = 0;
  drive(
      ssl.get(), fd, [&ssl, &byte] { return SSL_read(ssl.get(), &byte, 1); }, patience, kSlicesForLateAlert);
  if (findings.alert >= 0) return alert_error(findings.alert, options);
  return {};
}

}  // namespace submeter::publish
