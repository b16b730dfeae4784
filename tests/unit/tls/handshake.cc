// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/handshake.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

#include "tls/client_session.h"

namespace submeter::tls {
namespace {

void add_extension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Owned<X509> unsigned_certificate(const char* name, EVP_PKEY* key, Validity validity) {
  Owned<X509> made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(made.get()), validity.from);
  ASN1_TIME_set_string_X509(X509_getm_notAfter(made.get()), validity.to);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return made;
}

}  // namespace

Server::Server(Validity validity, const char* usage) : context_(SSL_CTX_new(TLS_server_method())) {
  std::string pattern = ::testing::TempDir() + "submeter-tls-XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
  const Owned<EVP_PKEY> ca_key(EVP_EC_gen("P-256"));
  const auto ca = unsigned_certificate("Test CA", ca_key.get(), {"500101000000Z", "21000101000000Z"});
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  add_extension(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca.get(), ca_key.get(), EVP_sha256());
  std::FILE* file = std::fopen(ca_file().c_str(), "w");
  PEM_write_X509(file, ca.get());
  std::fclose(file);

  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const auto own = unsigned_certificate("broker", key.get(), validity);
  X509_set_issuer_name(own.get(), X509_get_subject_name(ca.get()));
  add_extension(own.get(), NID_subject_alt_name, "DNS:broker.example");
  add_extension(own.get(), NID_ext_key_usage, usage);
  X509_sign(own.get(), ca_key.get(), EVP_sha256());
  SSL_CTX_use_certificate(context_.get(), own.get());
  SSL_CTX_use_PrivateKey(context_.get(), key.get());
}

Server::~Server() {
  std::filesystem::remove_all(folder_);
}

int Server::shake_hands(SSL* client) const {
  const Owned<SSL> server(SSL_new(context_.get()));
  BIO* near = nullptr;
  BIO* far = nullptr;
  BIO_new_bio_pair(&near, 0, &far, 0);
  SSL_set_bio(client, near, near);
  SSL_set_bio(server.get(), far, far);
  constexpr int kMoreThanAnyTakes = 10;
  int outcome = SSL_ERROR_WANT_READ;
  for (int i = 0; i < kMoreThanAnyTakes && outcome == SSL_ERROR_WANT_READ; ++i) {
    const int result = SSL_connect(client);
    outcome = result == 1 ? SSL_ERROR_NONE : SSL_get_error(client, result);
    SSL_accept(server.get());
  }
  return outcome;
}

std::string Server::greet_foreign_client(const std::string& expected_host, const std::string& ca) const {
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(context.get(), ca.c_str(), nullptr);
  const Owned<SSL> client(SSL_new(context.get()));
  SSL_set1_host(client.get(), expected_host.c_str());
  const int outcome = shake_hands(client.get());
  const long verdict = SSL_get_verify_result(client.get());
  if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  return outcome == SSL_ERROR_NONE ? "ok" : "no handshake";
}

std::string Server::greet_our_client() const {
  const auto client = ClientSession::make({.who = "broker",
                                           .host = "broker.example",
                                           .port = 8883,
                                           .host_key = "mqtt.url",
                                           .key_prefix = "mqtt.",
                                           .ca_file = ca_file(),
                                           .cert_file = {},
                                           .key_file = {}});
  if (!client) return client.error().message;
  const int outcome = shake_hands((*client)->ssl());
  return outcome == SSL_ERROR_NONE ? "ok" : (*client)->explain_handshake(outcome).message;
}

}  // namespace submeter::tls
