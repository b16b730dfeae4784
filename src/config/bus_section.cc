// SPDX-License-Identifier: Apache-2.0
#include "config/bus_section.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "config/nearest_word.h"
#include "config/paths.h"
#include "config/serial_fields.h"

namespace submeter::config {

using namespace std::chrono_literals;

namespace {

/// mbap-s of IANA: Modbus/TCP Security.
constexpr std::uint16_t kSecurePort = 802;

/// Every speed termios has a name for.
constexpr std::array kBauds = {50,      75,      110,     134,     150,     200,    300,     600,
                               1200,    1800,    2400,    4800,    9600,    19200,  38400,   57600,
                               115200,  230400,  460800,  500000,  576000,  921600, 1000000, 1152000,
                               1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

const Choice<BusType>& as_bus_type() {
  static const Choice<BusType> type{{{"rtu", BusType::kRtu},
                                     {"rtu_over_tcp", BusType::kRtuOverTcp},
                                     {"tcp", BusType::kTcp},
                                     {"tcp_tls", BusType::kTcpTls}}};
  return type;
}

const Choice<Rs485>& as_rs485() {
  static const Choice<Rs485> mode{{{"as_is", Rs485::kAsIs}, {"kernel", Rs485::kKernel}}};
  return mode;
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

/// The keys that every kind of bus has. `type` chose the section before it was read.
std::vector<Field<BusDraft>> common_fields() {
  Field<BusDraft> type = required_by<BusDraft>("type", [](const Value&, BusDraft&) {});
  return {type, optional("response_timeout", &BusDraft::response_timeout, DurationIn{10ms, 60s}),
          optional("retries", &BusDraft::retries, Integer<int>{0, 10})};
}

std::vector<Field<BusDraft>> host_fields() {
  return joined(common_fields(), {required("host", &BusDraft::host, as_host),
                                  optional("port", &BusDraft::port, Integer<std::uint16_t>{1, 65535})});
}

Field<BusDraft> max_in_flight_field() {
  return optional("max_in_flight", &BusDraft::max_in_flight, Integer<std::size_t>{1, 64});
}

const Section<BusDraft>& section_of(BusType type) {
  switch (type) {
    case BusType::kRtu:
      break;
    case BusType::kRtuOverTcp:
      return rtu_over_tcp_section();
    case BusType::kTcp:
      return tcp_section();
    case BusType::kTcpTls:
      return tcp_tls_section();
  }
  return rtu_section();
}

void read_bus(const Value& value, BusDraft& bus) {
  if (!check_is_map(value, "a bus", rtu_section().shape())) return;
  const YamlNode* type = value.node->find("type");
  if (type == nullptr) {
    value.key_place().error("a bus needs 'type', which is missing; expected " +
                            list_words(as_bus_type().words()));
    return;
  }
  const auto known = parse(value.with(*type), as_bus_type());
  if (!known) return;
  bus.type = *known;
  if (bus.type == BusType::kTcpTls) bus.port = kSecurePort;
  section_of(bus.type).read(value, bus);
  check_file(bus.ca_file);
  check_file(bus.cert_file);
  check_secret_file(bus.key_file);
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
  switch (type) {
    case BusType::kRtu:
      options.line = serial;
      break;
    case BusType::kRtuOverTcp:
      options.line = DeviceServer{host, port, serial};
      break;
    case BusType::kTcp:
      options.line = TcpEndpoint{host, port, max_in_flight, {}};
      break;
    case BusType::kTcpTls:
      options.line =
          TcpEndpoint{host, port, max_in_flight, TlsOptions{ca_file.value, cert_file.value, key_file.value}};
      break;
  }
  options.response_timeout = response_timeout;
  options.retries = retries;
  return options;
}

const Section<BusDraft>& rtu_section() {
  static const Section<BusDraft> section(
      "bus_rtu", "a bus of type rtu",
      joined(joined(common_fields(),
                    {required("device", within(&BusDraft::serial, &SerialLine::device), as_device),
                     optional("rs485", within(&BusDraft::serial, &SerialLine::rs485), as_rs485())}),
             serial_fields(&BusDraft::serial)));
  return section;
}

const Section<BusDraft>& rtu_over_tcp_section() {
  static const Section<BusDraft> section("bus_rtu_over_tcp", "a bus of type rtu_over_tcp",
                                         joined(host_fields(), serial_fields(&BusDraft::serial)));
  return section;
}

const Section<BusDraft>& tcp_section() {
  static const Section<BusDraft> section("bus_tcp", "a bus of type tcp",
                                         joined(host_fields(), {max_in_flight_field()}));
  return section;
}

const Section<BusDraft>& tcp_tls_section() {
  static const Section<BusDraft> section(
      "bus_tcp_tls", "a bus of type tcp_tls",
      joined(host_fields(), {max_in_flight_field(), optional_path("ca_file", &BusDraft::ca_file),
                             required_path("cert_file", &BusDraft::cert_file),
                             required_path("key_file", &BusDraft::key_file)}));
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
