// SPDX-License-Identifier: Apache-2.0
#include "modbus/bus_line.h"

#include <variant>

#include "io/serial_port.h"
#include "io/tcp_stream.h"
#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"

namespace submeter::modbus {

BusLine make_bus_line(Loop& loop, Random& random, const BusOptions& options) {
  BusLine line;
  if (const auto* serial = std::get_if<SerialLine>(&options.line)) {
    line.stream = std::make_unique<io::SerialPort>(loop, *serial);
    line.master = std::make_unique<RtuMaster>(loop, *line.stream, random, *serial, options.response_timeout);
  } else {
    const auto& endpoint = std::get<TcpEndpoint>(options.line);
    line.stream = std::make_unique<io::TcpStream>(loop, endpoint.host, endpoint.port);
    line.master = std::make_unique<TcpMaster>(loop, *line.stream, random, endpoint.max_in_flight,
                                              options.response_timeout);
  }
  return line;
}

}  // namespace submeter::modbus
