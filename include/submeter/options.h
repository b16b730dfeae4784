// SPDX-License-Identifier: Apache-2.0
// What the YAML says, validated, as plain values: every default of SPEC section 2 stands here and nowhere
// else. Made by config, read by everyone; two equal structs mean that nothing changed for the part they
// configure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "submeter/decimal.h"
#include "submeter/ids.h"

namespace submeter {

using std::chrono::milliseconds;

struct GatewayOptions {
  std::string site;
  std::string id;
  bool operator==(const GatewayOptions&) const = default;
};

enum class ClockSource : std::uint8_t {
  kAuto,  ///< chrony where it answers, else the kernel.
  kChrony,
  kKernel,
  kNone,
};
enum class BeforeSync : std::uint8_t {
  kHold,  ///< Keep samples and stamp them when the clock is right.
  kMark,  ///< Publish at once as `unsynced`.
};

struct ClockOptions {
  ClockSource source = ClockSource::kAuto;
  milliseconds max_error{1000};
  BeforeSync before_sync = BeforeSync::kHold;
  std::uint16_t chrony_port = 323;  ///< Of chronyd's monitoring protocol on 127.0.0.1: its `cmdport`.
  bool operator==(const ClockOptions&) const = default;
};

enum class Parity : char { kNone = 'N', kEven = 'E', kOdd = 'O' };

/// Who switches the direction of a two-wire RS-485 transceiver.
enum class Rs485 : std::uint8_t {
  kAsIs,    ///< The adapter, or the driver as the system has set it up.
  kKernel,  ///< The driver: its RS-485 mode is turned on.
};

struct SerialLine {
  std::string device;
  int baud = 9600;
  Parity parity = Parity::kEven;
  int stop_bits = 1;
  Rs485 rs485 = Rs485::kAsIs;
  bool operator==(const SerialLine&) const = default;
  /// Start, 8 data, parity and stop bits.
  int bits_per_character() const { return 9 + (parity == Parity::kNone ? 0 : 1) + stop_bits; }
  std::chrono::nanoseconds character_time() const;
  /// Between two frames, T3.5: 3.5 characters, 1.75 ms above 19200 baud. Modbus serial line spec V1.02,
  /// 2.5.1.1.
  std::chrono::nanoseconds silence() const;
};

/// Modbus/TCP Security: mutual TLS. The gateway's chain and name are always verified.
struct TlsOptions {
  std::string ca_file;  ///< Empty: the system's certificates.
  std::string cert_file;
  std::string key_file;
  bool operator==(const TlsOptions&) const = default;
};

/// Modbus TCP; with `tls` Modbus/TCP Security, whose port is 802.
struct TcpEndpoint {
  std::string host;
  std::uint16_t port = 502;
  std::size_t max_in_flight = 1;
  std::optional<TlsOptions> tls{};
  bool operator==(const TcpEndpoint&) const = default;
};

/// RTU frames over TCP: a serial device server hands bytes through.
struct DeviceServer {
  std::string host;
  std::uint16_t port = 502;
  SerialLine line;  ///< Behind the server; without a device.
  bool operator==(const DeviceServer&) const = default;
};

struct BusOptions {
  std::variant<SerialLine, TcpEndpoint, DeviceServer> line;
  milliseconds response_timeout{500};
  int retries = 1;
  bool operator==(const BusOptions&) const = default;
  /// The serial line that the bus is, or that is behind its device server; null where there is none.
  const SerialLine* serial_line() const {
    if (const auto* server = std::get_if<DeviceServer>(&line)) return &server->line;
    return std::get_if<SerialLine>(&line);
  }
};

/// Who multiplies by the transformer's ratio.
enum class AppliedBy : std::uint8_t { kMeter, kGateway };

struct TransformerRatio {
  Decimal primary{1};
  Decimal secondary{1};
  AppliedBy applied_by = AppliedBy::kMeter;
  bool reversed = false;  ///< A current transformer installed the wrong way round: the meter sees −I.
  bool operator==(const TransformerRatio&) const = default;
};

struct PointOptions {
  std::string name;
  milliseconds interval{};
  bool operator==(const PointOptions&) const = default;
};

struct CircuitOptions {
  std::string id;
  int channel = 1;  ///< From 1; only of a map with channels.
  std::vector<PointOptions> points;
  std::map<std::string, std::string> labels;
  bool operator==(const CircuitOptions&) const = default;
};

struct MeterOptions {
  std::string id;
  std::string bus;
  UnitId unit;
  std::string map;
  std::optional<TransformerRatio> ct;
  std::optional<TransformerRatio> pt;
  std::vector<CircuitOptions> circuits;
  bool aligned = true;  ///< Read at multiples of the interval on the clock, or at an instant of its own.
  bool operator==(const MeterOptions&) const = default;
};

enum class MqttVersion : std::uint8_t { k311 = 4, k5 = 5 };

/// Several records in one publish. The default is none.
struct BatchOptions {
  std::size_t records = 1;
  milliseconds delay{0};  ///< How long the first waits for others; 0: no batches.
  bool operator==(const BatchOptions&) const = default;
};

struct MqttOptions {
  bool tls = true;
  std::string host;
  std::uint16_t port = 8883;
  std::string client_id;
  std::string ca_file;  ///< Empty: the system's certificates. CRLs in it are enforced.
  std::string cert_file;
  std::string key_file;
  std::vector<std::string> alpn;  ///< Protocols offered in the TLS handshake; empty: none.
  std::string username;
  std::string password_file;
  MqttVersion version = MqttVersion::k311;
  std::string topic_root = "submeter/v1";
  BatchOptions batch;
  unsigned replay_rate = 500;   ///< Records a second while a backlog drains; 0 = no limit.
  bool home_assistant = false;  ///< Announce each point for Home Assistant's MQTT discovery.
  bool operator==(const MqttOptions&) const = default;
};

enum class WhenFull : std::uint8_t { kDropOldest, kStop };

struct StoreOptions {
  std::string dir = "/var/lib/submeter";
  milliseconds commit_interval{250};
  std::uint64_t max_size = 2ULL << 30;
  std::uint64_t min_free = 256ULL << 20;
  WhenFull when_full = WhenFull::kDropOldest;
  std::chrono::seconds keep_delivered{std::chrono::hours{7 * 24}};
  bool operator==(const StoreOptions&) const = default;
};

struct DataLogOptions {
  bool enabled = true;
  std::string path = "/var/log/submeter/data.log";
  std::uint64_t max_size = 10ULL << 20;
  std::size_t files = 5;
  bool operator==(const DataLogOptions&) const = default;
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// A whole configuration.
struct Options {
  GatewayOptions gateway;
  ClockOptions clock;
  std::map<std::string, BusOptions> buses;
  std::vector<MeterOptions> meters;  ///< In the order of the file.
  std::optional<MqttOptions> mqtt;   ///< None: records are kept, nothing is published.
  StoreOptions store;
  DataLogOptions data_log;
  LogLevel log_level = LogLevel::kInfo;
  bool operator==(const Options&) const = default;
};

}  // namespace submeter
