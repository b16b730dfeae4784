// SPDX-License-Identifier: Apache-2.0
#include "modbus/bus_line.h"

#include <utility>
#include <variant>

#include "io/serial_port.h"
#include "io/tcp_stream.h"
#include "io/tls_stream.h"
#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"

namespace submeter::modbus {
namespace {

std::unique_ptr<ByteStream> make_stream(Loop& loop, const BusOptions& options) {
  if (const auto* line = std::get_if<SerialLine>(&options.line)) {
    return std::make_unique<io::SerialPort>(loop, *line);
  }
  if (const auto* server = std::get_if<DeviceServer>(&options.line)) {
    return std::make_unique<io::TcpStream>(loop, server->host, server->port);
  }
  const auto& endpoint = std::get<TcpEndpoint>(options.line);
  auto connection = std::make_unique<io::TcpStream>(loop, endpoint.host, endpoint.port);
  if (!endpoint.tls) return connection;
  return std::make_unique<io::TlsStream>(loop, std::move(connection), endpoint);
}

}  // namespace

BusLine make_bus_line(Loop& loop, Random& random, const BusOptions& options) {
  BusLine line;
  line.stream = make_stream(loop, options);
  if (const auto* endpoint = std::get_if<TcpEndpoint>(&options.line)) {
    line.master = std::make_unique<TcpMaster>(loop, *line.stream, random, endpoint->max_in_flight,
                                              options.response_timeout);
  } else {
    line.master = std::make_unique<RtuMaster>(loop, *line.stream, random, *options.serial_line(),
                                              options.response_timeout);
  }
  return line;
}

}  // namespace submeter::modbus
