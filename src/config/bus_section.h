// SPDX-License-Identifier: Apache-2.0
// `buses:` a serial line, a serial device server or a TCP gateway each. SPEC section 2.
#pragma once

#include <map>
#include <string>

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

enum class BusType : std::uint8_t { kRtu, kRtuOverTcp, kTcp, kTcpTls };

struct BusDraft {
  Place place;         ///< Of its id.
  bool sound = false;  ///< Read without an error: worth checking further.
  BusType type = BusType::kRtu;
  SerialLine serial;  ///< kRtu, kRtuOverTcp.
  std::string host;   ///< All but kRtu, with the port.
  std::uint16_t port = TcpEndpoint{}.port;
  std::size_t max_in_flight = TcpEndpoint{}.max_in_flight;  ///< kTcp, kTcpTls.
  Located<std::string> ca_file;                             ///< This and the next two: kTcpTls.
  Located<std::string> cert_file;
  Located<std::string> key_file;
  std::chrono::milliseconds response_timeout = BusOptions{}.response_timeout;
  int retries = BusOptions{}.retries;

  BusOptions options() const;
  /// Has a serial line, perhaps behind a device server: units are 1 to 247, frames take their time.
  bool is_serial() const { return type == BusType::kRtu || type == BusType::kRtuOverTcp; }
};

const Section<BusDraft>& rtu_section();
const Section<BusDraft>& rtu_over_tcp_section();
const Section<BusDraft>& tcp_section();
const Section<BusDraft>& tcp_tls_section();

/// Adds the buses of one file; an id that is already there is reported.
void read_buses(const Value& value, std::map<std::string, BusDraft>& buses);

}  // namespace submeter::config
