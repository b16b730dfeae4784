// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace submeter::tls {

/// Whom we talk to, with which files, and what the configuration calls them: messages are made of these
/// words.
struct Peer {
  std::string who;  ///< "broker", "server".
  std::string host;
  std::uint16_t port = 0;
  std::string host_key;             ///< The key that `host` comes from: "mqtt.url", "host".
  std::string key_prefix;           ///< Before ca_file, cert_file and key_file: "mqtt.", "".
  std::string ca_file;              ///< Empty: the system's certificates. CRLs in it are enforced.
  std::string cert_file;            ///< Empty: we show none.
  std::string key_file;             ///< Empty: the key is in cert_file.
  std::vector<std::string> alpn{};  ///< Protocols that we offer, the best first; empty: no word of it.
};

}  // namespace submeter::tls
