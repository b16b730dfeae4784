// SPDX-License-Identifier: Apache-2.0
#include "tls/client_session.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <string>
#include <utility>

#include "tls/explanation.h"
#include "tls/revocation.h"

namespace submeter::tls {
namespace {

// OpenSSL's own would ask on the terminal, and wait.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

// A file that only points to a key wants a provider of OpenSSL's that knows where; "unsupported" says little.
std::string provider_hint(const std::string& key_file) {
  std::string line;
  std::getline(std::ifstream(key_file), line);
  for (const auto& [header, where] : {std::pair{"-----BEGIN TSS2 PRIVATE KEY-----", "a TPM"},
                                      {"-----BEGIN PKCS#11 PROVIDER URI-----", "a PKCS#11 token"}}) {
    if (line.starts_with(header))
      return fmt::format("; the key is in {}: is its provider active in OPENSSL_CONF, and the device there?",
                         where);
  }
  return {};
}

void expect_host(SSL* ssl, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return;
  SSL_set1_host(ssl, host.c_str());
  SSL_set_tlsext_host_name(ssl, host.c_str());
}

}  // namespace

Result<std::unique_ptr<ClientSession>> ClientSession::make(Peer peer) {
  ERR_clear_error();
  auto session = std::unique_ptr<ClientSession>(new ClientSession(std::move(peer)));
  if (auto unusable = session->set_up()) return std::move(*unusable);
  return session;
}

std::optional<Error> ClientSession::set_up() {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (context_ == nullptr) return Error{"TLS: " + library_error()};
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context_.get(), kCiphers);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_default_passwd_cb(context_.get(), no_pass_phrase);
  if (auto unusable = load_files()) return unusable;
  ssl_.reset(SSL_new(context_.get()));
  if (ssl_ == nullptr) return Error{"TLS: " + library_error()};
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, note_verification);
  SSL_set_info_callback(ssl_.get(), note_alert);
  expect_host(ssl_.get(), peer_.host);
  return offer_protocols();
}

std::optional<Error> ClientSession::load_trust() {
  const bool trust = peer_.ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context_.get()) == 1
                         : SSL_CTX_load_verify_file(context_.get(), peer_.ca_file.c_str()) == 1;
  if (!trust) return Error{fmt::format("TLS: cannot use {}: {}", trust_text(peer_), library_error())};
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  has_crls_ = holds_crls(store);
  if (has_crls_) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

// In the handshake each goes with its length before it, RFC 7301.
std::optional<Error> ClientSession::offer_protocols() {
  std::string list;
  for (const std::string& protocol : peer_.alpn) list += static_cast<char>(protocol.size()) + protocol;
  const auto* bytes = reinterpret_cast<const unsigned char*>(list.data());
  if (SSL_set_alpn_protos(ssl_.get(), bytes, static_cast<unsigned>(list.size())) == 0) return {};
  return Error{fmt::format("TLS: {}alpn cannot be offered", peer_.key_prefix)};
}

std::optional<Error> ClientSession::load_files() {
  if (auto unusable = load_trust()) return unusable;
  if (peer_.cert_file.empty()) return {};
  const std::string certificate = fmt::format("{}cert_file {}", peer_.key_prefix, peer_.cert_file);
  if (SSL_CTX_use_certificate_chain_file(context_.get(), peer_.cert_file.c_str()) != 1) {
    return Error{fmt::format("TLS: cannot use {}: {}", certificate, library_error())};
  }
  const std::string& key = peer_.key_file.empty() ? peer_.cert_file : peer_.key_file;
  // Using a key holds it against a certificate of its own kind only.
  if (SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context_.get()) != 1) {
    return Error{fmt::format("TLS: cannot use private key {} with {}: {}{}", key, certificate,
                             library_error(), provider_hint(key))};
  }
  return {};
}

int ClientSession::note_verification(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* session = static_cast<ClientSession*>(SSL_get_app_data(ssl));
  // Asked for by check_revocation(), for the sake of another client of the process: ours has none to ask.
  if (X509_STORE_CTX_get_error(store) == X509_V_ERR_UNABLE_TO_GET_CRL && !session->has_crls_) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  session->chain_problem_ = chain_text(store, session->peer_);
  return 0;
}

void ClientSession::note_alert(const SSL* ssl, int where, int value) {
  const bool received = (where & SSL_CB_ALERT) != 0 && (where & SSL_CB_READ) != 0;
  if (received && (value >> 8) == SSL3_AL_FATAL)
    static_cast<ClientSession*>(SSL_get_app_data(ssl))->alert_ = value & 0xff;
}

Error ClientSession::explain_handshake(int outcome) const {
  if (!chain_problem_.empty()) return {"TLS: " + chain_problem_};
  if (auto refused = refusal()) return std::move(*refused);
  return handshake_error(outcome, peer_);
}

std::optional<Error> ClientSession::refusal() const {
  if (alert_ < 0) return {};
  return alert_error(alert_, peer_);
}

}  // namespace submeter::tls
