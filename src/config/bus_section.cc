// SPDX-License-Identifier: Apache-2.0
#include "config/bus_section.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "config/serial_fields.h"

namespace submeter::config {

using namespace std::chrono_literals;

namespace {

/// Every speed termios has a name for.
constexpr std::array kBauds = {50,      75,      110,     134,     150,     200,    300,     600,
                               1200,    1800,    2400,    4800,    9600,    19200,  38400,   57600,
                               115200,  230400,  460800,  500000,  576000,  921600, 1000000, 1152000,
                               1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

enum class BusType : std::uint8_t { kRtu, kTcp };

const Choice<BusType>& as_bus_type() {
  static const Choice<BusType> type{{{"rtu", BusType::kRtu}, {"tcp", BusType::kTcp}},
                                    {"rtu_over_tcp", "tcp_tls"}};
  return type;
}

Result<std::string> as_device(const YamlNode& node) {
  auto path = as_text(node);
  if (path && !path->starts_with('/'))
    return expected("a path like /dev/serial/by-id/… or /dev/ttyUSB0", node);
  return path;
}

/// A name or an address, without scheme, port or path.
Result<std::string> as_host(const YamlNode& node) {
  auto host = as_text(node);
  const bool has_port = host && std::count(host->begin(), host->end(), ':') == 1;
  if (host && (has_port || host->find_first_of("/@[] \t") != std::string::npos)) {
    return expected("a host name or address alone (the port has its own key)", node);
  }
  return host;
}

/// The keys that both kinds of bus have. `type` chose the section before it was read.
std::vector<Field<BusDraft>> common_fields() {
  Field<BusDraft> type = required_by<BusDraft>("type", [](const Value&, BusDraft&) {});
  return {type, optional("response_timeout", &BusDraft::response_timeout, DurationIn{10ms, 60s}),
          optional("retries", &BusDraft::retries, Integer<int>{0, 10})};
}

void read_bus(const Value& value, BusDraft& bus) {
  if (!check_is_map(value, "a bus", rtu_section().shape())) return;
  const YamlNode* type = value.node->find("type");
  if (type == nullptr) {
    value.key_place().error("a bus needs 'type', which is missing; expected rtu or tcp");
    return;
  }
  const auto kind = parse(value.with(*type), as_bus_type());
  if (!kind) return;
  bus.is_tcp = *kind == BusType::kTcp;
  (bus.is_tcp ? tcp_section() : rtu_section()).read(value, bus);
}

}  // namespace

Result<int> as_baud(const YamlNode& node) {
  const auto number = node.kind == YamlNode::Kind::kScalar ? parse_unsigned(node.text) : std::nullopt;
  if (!number || *number > static_cast<std::uint64_t>(kBauds.back())) {
    return expected("a standard speed like 9600, 19200 or 115200", node);
  }
  const int baud = static_cast<int>(*number);
  const int nearest = *std::min_element(
      kBauds.begin(), kBauds.end(), [baud](int a, int b) { return std::abs(a - baud) < std::abs(b - baud); });
  if (nearest != baud) return Error{fmt::format("{} is no standard speed; did you mean {}?", baud, nearest)};
  return baud;
}

const Choice<Parity>& as_parity() {
  static const Choice<Parity> parity{
      {{"none", Parity::kNone}, {"even", Parity::kEven}, {"odd", Parity::kOdd}}};
  return parity;
}

BusOptions BusDraft::options() const {
  BusOptions options;
  if (is_tcp) {
    options.line = endpoint;
  } else {
    options.line = serial;
  }
  options.response_timeout = response_timeout;
  options.retries = retries;
  return options;
}

const Section<BusDraft>& rtu_section() {
  static const Section<BusDraft> section(
      "bus_rtu", "a bus of type rtu",
      joined(joined(common_fields(),
                    {required("device", within(&BusDraft::serial, &SerialLine::device), as_device)}),
             serial_fields(&BusDraft::serial)));
  return section;
}

const Section<BusDraft>& tcp_section() {
  static const Section<BusDraft> section(
      "bus_tcp", "a bus of type tcp",
      joined(common_fields(),
             {required("host", within(&BusDraft::endpoint, &TcpEndpoint::host), as_host),
              optional("port", within(&BusDraft::endpoint, &TcpEndpoint::port),
                       Integer<std::uint16_t>{1, 65535}),
              optional("max_in_flight", within(&BusDraft::endpoint, &TcpEndpoint::max_in_flight),
                       Integer<std::size_t>{1, 64})}));
  return section;
}

void read_buses(const Value& value, std::map<std::string, BusDraft>& buses) {
  for_each_named(value, "buses", [&buses](const Located<std::string>& id, const Value& item) {
    BusDraft bus;
    bus.place = id.place;
    const std::size_t errors = item.source->errors();
    read_bus(item, bus);
    bus.sound = item.source->errors() == errors;
    const auto [known, is_new] = buses.try_emplace(id.value, bus);
    if (!is_new) {
      id.place.error(fmt::format("duplicate bus '{}'; it already stands in {}", id.value,
                                 known->second.place.to_string()));
    }
  });
}

}  // namespace submeter::config
