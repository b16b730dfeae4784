// SPDX-License-Identifier: Apache-2.0
// `buses:` a serial line or a TCP gateway each. SPEC section 2.
#pragma once

#include <map>
#include <string>

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

struct BusDraft {
  Place place;         ///< Of its id.
  bool sound = false;  ///< Read without an error: worth checking further.
  bool is_tcp = false;
  SerialLine serial;
  TcpEndpoint endpoint;
  std::chrono::milliseconds response_timeout = BusOptions{}.response_timeout;
  int retries = BusOptions{}.retries;

  BusOptions options() const;
};

const Section<BusDraft>& rtu_section();
const Section<BusDraft>& tcp_section();

/// Adds the buses of one file; an id that is already there is reported.
void read_buses(const Value& value, std::map<std::string, BusDraft>& buses);

}  // namespace submeter::config
