// SPDX-License-Identifier: Apache-2.0
#include "tool/target.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace submeter::tool {
namespace {

Result<TcpEndpoint> endpoint_of(const std::string& text) {
  TcpEndpoint endpoint{.host = text};
  const std::size_t colon = text.rfind(':');
  const bool is_ipv6_address = text.find(':') != colon && !text.starts_with('[');
  if (colon == std::string::npos || is_ipv6_address || text.ends_with(']')) return endpoint;
  endpoint.host = text.substr(0, colon);
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
  if (failure != std::errc{} || rest != end || endpoint.port == 0)
    return Error{fmt::format("{}: expected HOST or HOST:PORT", text)};
  return endpoint;
}

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

/// The configured bus on this device, so that its meters are known.
bool is_on(const BusOptions& bus, const std::string& device) {
  const auto* line = std::get_if<SerialLine>(&bus.line);
  std::error_code failed;
  return line != nullptr &&
         (line->device == device || std::filesystem::equivalent(line->device, device, failed));
}

ScanTarget configured(const std::string& id, const Options& options) {
  ScanTarget target{.bus = id, .configured = true, .options = options.buses.at(id), .known = {}};
  for (const MeterOptions& meter : options.meters) {
    if (meter.bus == id) target.known.emplace(meter.unit, meter.id);
  }
  return target;
}

}  // namespace

Result<ScanTarget> find_target(const std::string& text, const config::Sources& sources) {
  const config::Configuration configuration = config::load(sources);
  const bool is_device = text.find('/') != std::string::npos;
  for (const auto& [id, bus] : configuration.options.buses) {
    if (id == text || (is_device && is_on(bus, text))) return configured(id, configuration.options);
  }
  ScanTarget target{.bus = is_device ? "rs485-1" : "tcp-1", .configured = false, .options = {}, .known = {}};
  if (is_device) {
    std::error_code failed;  // a path that cannot be made absolute cannot be opened either
    target.options.line = SerialLine{.device = std::filesystem::absolute(text, failed).lexically_normal()};
    return target;
  }
  auto endpoint = endpoint_of(text);
  if (!endpoint) return endpoint.error();
  endpoint->host = without_brackets(endpoint->host);
  target.options.line = *endpoint;
  return target;
}

}  // namespace submeter::tool
