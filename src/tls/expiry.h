// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "submeter/result.h"
#include "submeter/time.h"
#include "tls/peer.h"

namespace submeter::tls {

/// The end of a certificate's life.
struct Expiry {
  UtcTime at{};
  std::string subject;  ///< As subject_text() of the certificate.
  bool operator==(const Expiry&) const = default;
};

/// Of the certificates in each file the one that ends first; of the CRLs, too, by their issuers.
struct Expiries {
  std::optional<Expiry> own;      ///< In cert_file, what is between us and the authority included.
  std::optional<Expiry> trusted;  ///< In ca_file; none for the system's certificates.
  std::optional<Expiry> crl{};    ///< In ca_file; after it no server of that issuer is accepted.
};

/// Reads the peer's files as a connection would; the error says which of them is of no use.
Result<Expiries> read_expiries(const Peer& peer);

}  // namespace submeter::tls
