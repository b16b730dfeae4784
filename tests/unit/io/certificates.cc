// SPDX-License-Identifier: Apache-2.0
#include "certificates.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace submeter::io {
namespace {

constexpr long kDay = 24L * 60 * 60;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

}  // namespace

Certificates::Certificates(const std::string& ca_name) : ca_key_(EVP_EC_gen("P-256")) {
  std::string pattern = ::testing::TempDir() + "submeter-tls-XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
  ca_ = make(ca_name, ca_key_.get(), 2);
  add_extension(ca_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca_.get(), ca_key_.get(), EVP_sha256());
  write("ca", ca_.get(), ca_key_.get());
}

Certificates::~Certificates() {
  std::filesystem::remove_all(folder_);
}

Certificates::Certificate Certificates::make(const std::string& name, EVP_PKEY* key, int days) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -10 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), days * kDay);
  X509_set_pubkey(made.get(), key);
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), ca_ ? X509_get_subject_name(ca_.get()) : subject);
  return made;
}

CertificateFiles Certificates::sign(const std::string& name, const std::string& alternative, int days) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = make(name, key.get(), days);
  if (!alternative.empty()) add_extension(made.get(), NID_subject_alt_name, alternative);
  X509_sign(made.get(), ca_key_.get(), EVP_sha256());
  write(name, made.get(), key.get());
  return {file(name + ".pem"), file(name + ".key")};
}

void Certificates::write(const std::string& name, const X509* certificate, const EVP_PKEY* key) const {
  const File pem(std::fopen(file(name + ".pem").c_str(), "w"));
  PEM_write_X509(pem.get(), certificate);
  const File secret(std::fopen(file(name + ".key").c_str(), "w"));
  PEM_write_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace submeter::io
