// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus.h"

#include <utility>
#include <variant>

#include "core/log.h"
#include "io/serial_port.h"
#include "io/tcp_stream.h"
#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"

namespace submeter::daemon {
namespace {

std::unique_ptr<ByteStream> make_stream(Loop& loop, const BusOptions& options) {
  if (const auto* serial = std::get_if<SerialLine>(&options.line)) {
    return std::make_unique<io::SerialPort>(loop, *serial);
  }
  const auto& endpoint = std::get<TcpEndpoint>(options.line);
  return std::make_unique<io::TcpStream>(loop, endpoint.host, endpoint.port);
}

std::unique_ptr<modbus::Master> make_master(Loop& loop, ByteStream& stream, Random& random,
                                            const BusOptions& options) {
  if (const auto* serial = std::get_if<SerialLine>(&options.line)) {
    return std::make_unique<modbus::RtuMaster>(loop, stream, random, *serial, options.response_timeout);
  }
  const auto& endpoint = std::get<TcpEndpoint>(options.line);
  return std::make_unique<modbus::TcpMaster>(loop, stream, random, endpoint.max_in_flight,
                                             options.response_timeout);
}

}  // namespace

Bus::Bus(Loop& loop, const Clock& clock, Random& random, BusOptions options, poll::BusPlan plan,
         ReadingSink& sink)
    : options_(std::move(options)),
      stream_(make_stream(loop, options_)),
      master_(make_master(loop, *stream_, random, options_)),
      poller_(loop, clock, *master_, random, std::move(plan), sink) {}

void Bus::start() {
  poller_.start();
}

bool Bus::same_as(const BusOptions& options, const poll::BusPlan& plan) const {
  return options_ == options && poller_.plan() == plan;
}

}  // namespace submeter::daemon
