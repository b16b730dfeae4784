// SPDX-License-Identifier: Apache-2.0
// A throw-away CA and what it signs, as PEM files in a folder that goes with it.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

namespace submeter::io {

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

class Certificates {
 public:
  explicit Certificates(const std::string& ca_name = "Test CA");
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// `name` is the certificate's subject, the files' name and, with `alternative` as "DNS:…" or "IP:…", what
  /// it is valid for. With days < 0 it has expired.
  CertificateFiles sign(const std::string& name, const std::string& alternative, int days = 2);
  std::string ca_file() const { return file("ca.pem"); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  Certificate make(const std::string& name, EVP_PKEY* key, int days);
  void write(const std::string& name, const X509* certificate, const EVP_PKEY* key) const;

  std::filesystem::path folder_;
  long serial_ = 0;
  Key ca_key_;
  Certificate ca_;
};

}  // namespace submeter::io
