// SPDX-License-Identifier: Apache-2.0
#include "tls/revocation.h"

#include <openssl/err.h>

#include <memory>

#include "tls/server_defaults.h"

namespace submeter::tls {

bool holds_crls(const X509_STORE* store) {
  const auto* objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) return true;
  }
  return false;
}

bool file_holds_crls(const std::string& ca_file) {
  if (ca_file.empty()) return false;
  const auto free_store = [](X509_STORE* store) { X509_STORE_free(store); };
  const std::unique_ptr<X509_STORE, decltype(free_store)> store(X509_STORE_new(), free_store);
  const bool found = X509_STORE_load_file(store.get(), ca_file.c_str()) == 1 && holds_crls(store.get());
  ERR_clear_error();
  return found;
}

void check_revocation(bool required) {
  if (required) {
    X509_VERIFY_PARAM_set_flags(server_defaults(), X509_V_FLAG_CRL_CHECK);
  } else {
    X509_VERIFY_PARAM_clear_flags(server_defaults(), X509_V_FLAG_CRL_CHECK);
  }
}

}  // namespace submeter::tls
