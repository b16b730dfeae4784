// SPDX-License-Identifier: Apache-2.0
#include "tls/certificate_text.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string_view>

namespace submeter::tls {
namespace {

constexpr std::size_t kMaxText = 100;
constexpr int kMaxNames = 4;

std::string quoted(std::string_view text) {
  std::string shown(text.substr(0, kMaxText));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '"'; }, '?');
  return '"' + shown + '"';
}

std::string name_text(const X509_NAME* name) {
  std::array<char, kMaxText> text{};
  if (X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), static_cast<int>(text.size())) <= 0) {
    X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  }
  return quoted(text.data());
}

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_text(std::string_view bytes) {
  std::string text;
  if (bytes.size() == 4) {
    for (const char byte : bytes)
      text += fmt::format("{}{}", text.empty() ? "" : ".", static_cast<unsigned char>(byte));
    return text;
  }
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto group = static_cast<unsigned>(static_cast<unsigned char>(bytes[i]) << 8 |
                                             static_cast<unsigned char>(bytes[i + 1]));
    text += fmt::format("{}{:x}", text.empty() ? "" : ":", group);
  }
  return text;
}

std::string alternative_text(const GENERAL_NAME* name) {
  if (name->type == GEN_DNS) return quoted(bytes_of(name->d.dNSName));
  if (name->type == GEN_IPADD) return quoted(address_text(bytes_of(name->d.iPAddress)));
  return {};
}

}  // namespace

std::string subject_text(const X509* certificate) {
  return name_text(X509_get_subject_name(certificate));
}

std::string issuer_text(const X509* certificate) {
  return name_text(X509_get_issuer_name(certificate));
}

std::string issuer_text(const X509_CRL* crl) {
  return name_text(X509_CRL_get_issuer(crl));
}

std::string names_text(X509* certificate) {
  const auto free_names = [](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free_names);
  std::string text;
  const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
  for (int i = 0, shown = 0; i < count && shown < kMaxNames; ++i) {
    const std::string name = alternative_text(sk_GENERAL_NAME_value(names.get(), i));
    if (name.empty()) continue;
    text += (text.empty() ? "" : ", ") + name;
    ++shown;
  }
  return text.empty() ? subject_text(certificate) : text;
}

std::string time_text(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return "an unreadable time";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace submeter::tls
