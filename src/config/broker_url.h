// SPDX-License-Identifier: Apache-2.0
// mqtts://broker.example.com:8883: scheme, host and port of a broker. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "submeter/result.h"

namespace submeter::config {

struct BrokerUrl {
  bool tls = true;
  std::string host;  ///< Without the brackets of an IPv6 address.
  std::uint16_t port = 8883;
  /// The connection does not leave this machine.
  bool is_loopback() const;
};

Result<BrokerUrl> parse_broker_url(std::string_view text);

}  // namespace submeter::config
