// SPDX-License-Identifier: Apache-2.0
#include "tool/line_text.h"

#include <fmt/format.h>

#include <variant>

namespace submeter::tool {
namespace {

std::string text_of(const std::string& host, std::uint16_t port) {
  const bool is_ipv6_address = host.find(':') != std::string::npos;
  return is_ipv6_address ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string settings_of(const SerialLine& line) {
  return fmt::format("{} 8{}{}", line.baud, static_cast<char>(line.parity), line.stop_bits);
}

std::string text_of(const SerialLine& line) {
  return line.device + " " + settings_of(line);
}

std::string text_of(const DeviceServer& server) {
  return text_of(server.host, server.port) + " " + settings_of(server.line);
}

std::string text_of(const TcpEndpoint& endpoint) {
  return text_of(endpoint.host, endpoint.port) + (endpoint.tls ? " TLS" : "");
}

}  // namespace

std::string line_text(const BusOptions& bus) {
  return std::visit([](const auto& line) { return text_of(line); }, bus.line);
}

}  // namespace submeter::tool
