// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/x509_vfy.h>

namespace submeter::tls {

/// By what every TLS client of the process verifies a server, Paho's included, beyond what the client itself
/// says: the process' entry of OpenSSL's table of default parameters, which stays for ever.
///
/// Written by the loop thread alone. The first call before the first connection is begun: it extends a table
/// of OpenSSL's that other threads read without a lock.
X509_VERIFY_PARAM* server_defaults();

}  // namespace submeter::tls
