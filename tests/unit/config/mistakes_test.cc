// SPDX-License-Identifier: Apache-2.0
// Each kind of mistake alone: exactly one problem, at its place, saying what is wrong and what was expected.
#include <gtest/gtest.h>

#include "temporary_site.h"

namespace submeter::config {

namespace {

struct Mistake {
  const char* name;
  const char* yaml;
  const char* place;     ///< "config.yaml:LINE:COLUMN: SEVERITY: "
  const char* fragment;  ///< Of the message.
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.name;
}

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreReportedOnceWithTheirPlace) {
  const Mistake& mistake = GetParam();
  const TemporarySite site;
  std::filesystem::permissions(site.write("secret", "s"), std::filesystem::perms::owner_read);
  const Configuration configuration = site.load(mistake.yaml);
  const auto lines = site.lines(configuration.problems);
  ASSERT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0].substr(0, std::string(mistake.place).size()), mistake.place) << lines[0];
  EXPECT_NE(lines[0].find(mistake.fragment), std::string::npos) << lines[0];
  EXPECT_EQ(configuration.usable(), std::string(mistake.place).find("warning") != std::string::npos);
}

constexpr Mistake kSyntax[] = {
    {"BrokenYaml", "gateway: {site: hq, id: gw\n", "config.yaml:", "this is not YAML"},
    {"TabIndentation", "gateway:\n\tsite: hq\n", "config.yaml:2:1: error",
     "this line is indented with a tab; expected spaces"},
    {"DuplicateKey", "gateway: {site: hq, id: gw, site: hq}\nbuses:\nmeters:\n", "config.yaml:1:29: error",
     "duplicate key 'site'; it already stands in line 1"},
    {"DuplicateSection", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nbuses:\n", "config.yaml:4:1: error",
     "duplicate key 'buses'; it already stands in line 2"},
    {"Anchor", "gateway: {site: &name hq, id: gw}\nbuses:\nmeters:\n", "config.yaml:1:17: error", "anchors"},
    {"Tag", "gateway: {site: !!str hq, id: gw}\nbuses:\nmeters:\n", "config.yaml:1:17: error", "tags"},
    {"SecondDocument", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\n---\nlog: {level: info}\n",
     "config.yaml:5:1: error", "a second YAML document"},
    {"KeyThatIsAList", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\n[a, b]: c\n", "config.yaml:4:1: error",
     "a list cannot be a key"},
};

constexpr Mistake kTopLevel[] = {
    {"UnknownSection", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nmqqt: {}\n", "config.yaml:4:1: error",
     "unknown key 'mqqt' in the configuration; did you mean 'mqtt'?"},
    {"ClockThatIsNeverTrusted", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nclock: {source: none}\n",
     "config.yaml:4:1: error", "expected before_sync: mark"},
    {"MissingSection", "gateway: {site: hq, id: gw}\nmeters:\n", "config.yaml:1:1: error",
     "the configuration needs 'buses', which is missing"},
    {"MissingKey", "gateway: {site: hq}\nbuses:\nmeters:\n", "config.yaml:1:1: error",
     "gateway needs 'id', which is missing"},
    {"IdWithCapitals", "gateway: {site: HQ, id: gw}\nbuses:\nmeters:\n", "config.yaml:1:17: error",
     "expected an id: 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit, found 'HQ'"},
    {"TextWhereKeysBelong", "gateway: hq\nbuses:\nmeters:\n", "config.yaml:1:10: error",
     "expected the keys of gateway (site, id), found 'hq'"},
    {"ProfileOfALaterVersion", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nprofile: {interval: 15min}\n",
     "config.yaml:4:1: error", "'profile' is not supported by this version; remove it"},
    {"VirtualOfALaterVersion", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nvirtual: {a: b - c}\n",
     "config.yaml:4:1: error", "'virtual' is not supported by this version"},
    {"MetricsOfALaterVersion", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nmetrics: {listen: off}\n",
     "config.yaml:4:1: error", "'metrics' is not supported by this version"},
    {"ClockSourceThatIsNone", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nclock: {source: ntp}\n",
     "config.yaml:4:17: error", "expected one of auto, chrony, kernel, none, found 'ntp'"},
    {"PortZeroOfChrony", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nclock: {chrony_port: 0}\n",
     "config.yaml:4:22: error", "expected a whole number from 1 to 65535, found '0'"},
    {"PortOfChronyThatIsTooLarge",
     "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nclock: {chrony_port: 65536}\n", "config.yaml:4:22: error",
     "expected a whole number from 1 to 65535, found '65536'"},
    {"DurationWithoutUnit", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nclock: {max_error: 1}\n",
     "config.yaml:4:20: error",
     "expected a whole number with its unit, like 500ms, 5s, 15min, 1h or 7d, found '1'"},
    {"DurationBeyondItsRange", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nstore: {commit_interval: 1h}\n",
     "config.yaml:4:26: error", "expected a duration from 10ms to 10s, found '1h'"},
    {"SizeWithoutUnit", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nstore: {max_size: 2000000}\n",
     "config.yaml:4:19: error", "expected a whole number with its unit, like 64KiB, 256MiB or 2GiB"},
    {"SizeTooSmall", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nstore: {max_size: 1KiB}\n",
     "config.yaml:4:19: error", "expected at least 1MiB, found '1KiB'"},
    {"WordThatIsNoChoice", "gateway: {site: hq, id: gw}\nbuses:\nmeters:\nlog: {level: verbose}\n",
     "config.yaml:4:14: error", "expected one of debug, info, warning, error, found 'verbose'"},
};

constexpr Mistake kBuses[] = {
    {"BusWithoutType", "gateway: {site: hq, id: gw}\nbuses:\n  b:\n    device: /dev/ttyS0\nmeters:\n",
     "config.yaml:3:3: error",
     "a bus needs 'type', which is missing; expected rtu, rtu_over_tcp, tcp, tcp_tls"},
    {"UnknownBusType", "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: udp, host: h}\nmeters:\n",
     "config.yaml:3:13: error", "expected one of rtu, rtu_over_tcp, tcp, tcp_tls, found 'udp'"},
    {"Rs485BehindADeviceServer",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu_over_tcp, host: h, rs485: kernel}\nmeters:\n",
     "config.yaml:3:36: error", "unknown key 'rs485' in a bus of type rtu_over_tcp"},
    {"WordThatIsNoRs485Mode",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: /dev/ttyS1, rs485: on}\nmeters:\n",
     "config.yaml:3:45: error", "expected one of as_is, kernel, found 'on'"},
    {"RequestsInFlightOnOneLine",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu_over_tcp, host: h, max_in_flight: 4}\nmeters:\n",
     "config.yaml:3:36: error", "unknown key 'max_in_flight' in a bus of type rtu_over_tcp"},
    {"TlsFileWithoutTls",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp, host: h, ca_file: secret}\nmeters:\n",
     "config.yaml:3:27: error", "unknown key 'ca_file' in a bus of type tcp"},
    {"TlsWithoutKey",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp_tls, host: h, cert_file: secret}\nmeters:\n",
     "config.yaml:3:3: error", "a bus of type tcp_tls needs 'key_file', which is missing"},
    {"TlsFileThatIsNotThere",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp_tls, host: h, cert_file: gone, key_file: "
     "secret}\nmeters:\n",
     "config.yaml:3:42: error", "gone cannot be looked at: No such file"},
    {"TlsKeyOpenToEveryone",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp_tls, host: h, cert_file: secret, key_file: "
     "shipped/simple.yaml}\nmeters:\n",
     "config.yaml:3:60: error", "is open to everyone"},
    {"OneLineForTwoBuses",
     "gateway: {site: hq, id: gw}\nbuses:\n  a: {type: rtu_over_tcp, host: h}\n  b: {type: rtu_over_tcp, "
     "host: h}\nmeters:\n",
     "config.yaml:4:3: error", "bus 'b' leads to the same serial line as the one in"},
    {"UnitZeroBehindADeviceServer",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu_over_tcp, host: h}\nmeters:\n  m: {bus: b, unit: "
     "0, map: simple, points: [pf]}\n",
     "config.yaml:5:21: error", "unit 0 cannot be on a serial line; expected 1 to 247"},
    {"UnknownKeyOfABus",
     "gateway: {site: hq, id: gw}\nbuses:\n  b:\n    type: rtu\n    device: /dev/ttyS0\n    baudrate: "
     "9600\nmeters:\n",
     "config.yaml:6:5: error", "unknown key 'baudrate' in a bus of type rtu; did you mean 'baud'?"},
    {"KeyOfTheOtherBusType",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp, host: h, parity: even}\nmeters:\n",
     "config.yaml:3:27: error", "unknown key 'parity' in a bus of type tcp"},
    {"DeviceMissing", "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu}\nmeters:\n",
     "config.yaml:3:3: error", "a bus of type rtu needs 'device', which is missing"},
    {"DeviceWithoutDirectory",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: ttyUSB0}\nmeters:\n",
     "config.yaml:3:26: error", "expected a path like /dev/serial/by-id/… or /dev/ttyUSB0, found 'ttyUSB0'"},
    {"UnusualBaud",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: /d, baud: 19600}\nmeters:\n",
     "config.yaml:3:36: error", "19600 is no standard speed; did you mean 19200?"},
    {"BaudThatIsNoNumber",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: /d, baud: fast}\nmeters:\n",
     "config.yaml:3:36: error", "expected a standard speed like 9600, 19200 or 115200, found 'fast'"},
    {"ParityByLetter",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: /d, parity: E}\nmeters:\n",
     "config.yaml:3:38: error", "expected one of none, even, odd, found 'E'"},
    {"ThreeStopBits",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: rtu, device: /d, stop_bits: 3}\nmeters:\n",
     "config.yaml:3:41: error", "expected a whole number from 1 to 2, found '3'"},
    {"HostWithPort", "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp, host: '10.0.0.1:502'}\nmeters:\n",
     "config.yaml:3:24: error", "expected a host name or address alone"},
    {"PortBeyondItsRange",
     "gateway: {site: hq, id: gw}\nbuses:\n  b: {type: tcp, host: h, port: 65536}\nmeters:\n",
     "config.yaml:3:33: error", "expected a whole number from 1 to 65535, found '65536'"},
    {"DeviceOfTwoBuses",
     "gateway: {site: hq, id: gw}\nbuses:\n  a: {type: rtu, device: /d}\n  b: {type: rtu, device: "
     "/d}\nmeters:\n",
     "config.yaml:4:3: error", "/d is already the device of the bus in config.yaml:3"},
    {"GatewayOfTwoBuses",
     "gateway: {site: hq, id: gw}\nbuses:\n  a: {type: tcp, host: h}\n  b: {type: tcp, host: h}\nmeters:\n",
     "config.yaml:4:3: warning", "bus 'b' leads to the same gateway as the one in config.yaml:3"},
};

/// Two lines above the meters, which begin in line 3.
#define SITE \
  "gateway: {site: hq, id: gw}\nbuses: {b: {type: rtu, device: /d}, t: {type: tcp, host: h}}\nmeters:\n"

constexpr Mistake kMeters[] = {
    {"UnknownBus", SITE "  m: {bus: c1, unit: 1, map: simple, points: [pf]}\n", "config.yaml:4:12: error",
     "there is no bus 'c1'; expected one of b, t"},
    {"UnknownMap", SITE "  m: {bus: b, unit: 1, map: simpel, points: [pf]}\n", "config.yaml:4:29: error",
     "there is no register map 'simpel'; did you mean 'simple'?"},
    {"UnitZeroOnASerialLine", SITE "  m: {bus: b, unit: 0, map: simple, points: [pf]}\n",
     "config.yaml:4:21: error", "unit 0 cannot be on a serial line; expected 1 to 247"},
    {"Unit248OnASerialLine", SITE "  m: {bus: b, unit: 248, map: simple, points: [pf]}\n",
     "config.yaml:4:21: error", "expected 1 to 247"},
    {"Unit256", SITE "  m: {bus: t, unit: 256, map: simple, points: [pf]}\n", "config.yaml:4:21: error",
     "expected a whole number from 0 to 255, found '256'"},
    {"UnitTwiceOnABus",
     SITE
     "  m: {bus: b, unit: 7, map: simple, points: [pf]}\n  n: {bus: b, unit: 7, map: simple, points: [pf]}\n",
     "config.yaml:5:21: error", "unit 7 of bus 'b' is already meter 'm' in config.yaml:4"},
    {"UnknownPoint", SITE "  m: {bus: b, unit: 1, map: simple, points: [pf, powr_kw]}\n",
     "config.yaml:4:50: error", "map 'simple' has no point 'powr_kw'; did you mean 'power_kw'?"},
    {"PointTwice", SITE "  m: {bus: b, unit: 1, map: simple, points: [pf, pf]}\n", "config.yaml:4:50: error",
     "'pf' stands twice in these points"},
    {"PointsMissing", SITE "  m: {bus: b, unit: 1, map: simple}\n", "config.yaml:4:3: error",
     "circuit 'm' needs 'points'"},
    {"PointsNoList", SITE "  m: {bus: b, unit: 1, map: simple, points: pf}\n", "config.yaml:4:45: error",
     "expected a list of points, like [power_kw, energy_import_kwh], found 'pf'"},
    {"PointsEmpty", SITE "  m: {bus: b, unit: 1, map: simple, points: []}\n", "config.yaml:4:45: error",
     "expected a list of points"},
    {"UnknownKeyOfAPoint", SITE "  m: {bus: b, unit: 1, map: simple, points: [{name: pf, intervall: 5s}]}\n",
     "config.yaml:4:57: error", "unknown key 'intervall' in a point; did you mean 'interval'?"},
    {"IntervalTooShort", SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], interval: 99ms}\n",
     "config.yaml:4:61: error", "expected a duration from 100ms to 1d, found '99ms'"},
    {"CtWithoutAppliedBy",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], ct: {primary: 400, secondary: 5}}\n",
     "config.yaml:4:51: error", "a current transformer needs 'applied_by', which is missing"},
    {"ReversedPt",
     SITE
     "  m: {bus: b, unit: 1, map: simple, points: [pf], pt: {primary: 4, secondary: 1, applied_by: meter, "
     "reversed: true}}\n",
     "config.yaml:4:101: error", "unknown key 'reversed' in a transformer"},
    {"ReversedCtWithoutTheOtherCounter",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [energy_import_kwh], ct: {primary: 4, secondary: 1, "
          "applied_by: meter, reversed: true}}\n",
     "config.yaml:4:46: error",
     "with ct.reversed the meter counts energy_import_kwh as energy_export_kwh, which map simple does not "
     "have"},
    {"CtOfZero",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], ct: {primary: 400, secondary: 0, applied_by: "
          "meter}}\n",
     "config.yaml:4:81: error", "expected a number above 0, found '0'"},
    {"CtSwapped",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], ct: {primary: 5, secondary: 400, applied_by: "
          "meter}}\n",
     "config.yaml:4:51: warning", "the primary side is smaller than the secondary; swapped?"},
    {"CtAgainstTheMap",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [power_kw], ct: {primary: 9, secondary: 5, "
          "applied_by: gateway}}\n",
     "config.yaml:4:57: error", "applied twice"},
    {"ChannelsWithoutCircuits", SITE "  m: {bus: b, unit: 1, map: panel, points: [power_kw]}\n",
     "config.yaml:4:3: error", "map 'panel' has 3 channels; expected 'circuits', each with its 'channel'"},
    {"ChannelBeyondTheMap",
     SITE "  m: {bus: b, unit: 1, map: panel, points: [power_kw], circuits: {c: {channel: 4}}}\n",
     "config.yaml:4:80: error", "map 'panel' has channels 1 to 3, not 4"},
    {"ChannelOfAMapWithout",
     SITE "  m: {bus: b, unit: 1, map: simple, circuits: {c: {channel: 1, points: [pf]}}}\n",
     "config.yaml:4:61: error", "map 'simple' has no channels; expected no 'channel'"},
    {"CircuitsEmpty", SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], circuits: {}}\n",
     "config.yaml:4:51: error", "'circuits' is empty"},
    {"CircuitTwiceInTheGateway",
     SITE "  c: {bus: b, unit: 1, map: simple, points: [pf]}\n"
          "  m: {bus: b, unit: 2, map: simple, points: [pf], circuits: {c: {}}}\n",
     "config.yaml:5:62: error", "duplicate circuit 'c'; it already stands in config.yaml:4"},
    {"MeterIdWithASpace", SITE "  chiller 1: {bus: b, unit: 1, map: simple, points: [pf]}\n",
     "config.yaml:4:3: error", "expected an id"},
    {"EmptyLabel", SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], labels: {tenant: }}\n",
     "config.yaml:4:", "expected text, found nothing"},
    {"BusNearItsLoad",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], interval: 100ms}\n"
          "  n: {bus: b, unit: 2, map: simple, points: [pf], interval: 100ms}\n",
     "config.yaml:2:9: warning",
     "bus b needs 0.087 s a 0.1 s cycle: 87 % of the line's time at 9600 baud, so little is left for "
     "retries"},
    {"BusBeyondItsLoad",
     SITE "  m: {bus: b, unit: 1, map: simple, points: [pf], interval: 100ms}\n"
          "  n: {bus: b, unit: 2, map: simple, points: [pf], interval: 100ms}\n"
          "  o: {bus: b, unit: 3, map: simple, points: [pf], interval: 100ms}\n",
     "config.yaml:2:9: warning",
     "bus b needs 0.13 s a 0.1 s cycle: 130 % of the line's time at 9600 baud, so cycles will be skipped"},
};

#define HOME "gateway: {site: hq, id: gw}\nbuses:\nmeters:\n"

constexpr Mistake kMqtt[] = {
    {"UrlMissing", HOME "mqtt: {client_id: c}\n", "config.yaml:4:1: error",
     "mqtt needs 'url', which is missing"},
    {"PlaintextToAnotherMachine", HOME "mqtt: {url: 'mqtt://broker'}\n", "config.yaml:4:13: error",
     "would send everything to broker in plain text; expected mqtts://"},
    {"UnknownScheme", HOME "mqtt: {url: 'ssl://broker:8883'}\n", "config.yaml:4:13: error",
     "(scheme 'ssl'); expected mqtts://HOST"},
    {"PasswordInTheUrl", HOME "mqtt: {url: 'mqtts://u:p@broker'}\n", "config.yaml:4:13: error",
     "no user or password in the address"},
    {"PortOfTheUrl", HOME "mqtt: {url: 'mqtts://broker:0'}\n", "config.yaml:4:13: error",
     "':0' is no port; expected 1 to 65535"},
    {"PathInTheUrl", HOME "mqtt: {url: 'mqtts://broker/mqtt'}\n", "config.yaml:4:13: error",
     "is no broker's address"},
    {"CaFileMissing", HOME "mqtt: {url: 'mqtts://broker', ca_file: /nowhere/ca.pem}\n",
     "config.yaml:4:40: error", "/nowhere/ca.pem cannot be looked at: No such file or directory"},
    {"PasswordFileMissing", HOME "mqtt: {url: 'mqtts://broker', username: u, password_file: /nowhere/p}\n",
     "config.yaml:4:59: error", "/nowhere/p cannot be looked at"},
    {"PasswordWithoutUser", HOME "mqtt: {url: 'mqtts://broker', password_file: secret}\n",
     "config.yaml:4:46: error", "password_file needs username, which is missing"},
    {"CertificateWithoutKey", HOME "mqtt: {url: 'mqtts://broker', cert_file: config.yaml}\n",
     "config.yaml:4:42: error", "cert_file needs key_file, which is missing"},
    {"TlsFileWithoutTls", HOME "mqtt: {url: 'mqtt://localhost', ca_file: config.yaml}\n",
     "config.yaml:4:42: error", "a TLS file has no use with mqtt://"},
    {"InlinePassword", HOME "mqtt: {url: 'mqtts://broker', password: secret}\n", "config.yaml:4:31: error",
     "unknown key 'password' in mqtt; did you mean 'password_file'?"},
    {"WildcardInTheTopic", HOME "mqtt: {url: 'mqtts://broker', topic_root: 'a/#'}\n",
     "config.yaml:4:43: error", "expected topic levels like submeter/v1"},
    {"UnknownMqttVersion", HOME "mqtt: {url: 'mqtts://broker', version: 3.1}\n", "config.yaml:4:40: error",
     "expected one of 3.1.1, 5, found '3.1'"},
    {"HomeAssistantAsAWord", HOME "mqtt: {url: 'mqtts://broker', home_assistant: yes}\n",
     "config.yaml:4:47: error", "expected one of on, off, true, false, found 'yes'"},
    {"EmptyAlpn", HOME "mqtt: {url: 'mqtts://broker', alpn: []}\n", "config.yaml:4:37: error",
     "expected a protocol like x-amzn-mqtt-ca, or a list of up to 8"},
    {"AlpnOfKeys", HOME "mqtt: {url: 'mqtts://broker', alpn: [mqtt, {a: 1}]}\n", "config.yaml:4:37: error",
     "expected a protocol like x-amzn-mqtt-ca, or a list of up to 8"},
    {"AlpnWithoutTls", HOME "mqtt: {url: 'mqtt://localhost', alpn: mqtt}\n", "config.yaml:4:39: error",
     "alpn is a part of TLS and has no use with mqtt://"},
    {"BatchThatIsOn", HOME "mqtt: {url: 'mqtts://broker', batch: on}\n", "config.yaml:4:38: error",
     "expected off or {records: 50, delay: 250ms}, found 'on'"},
    {"BatchOfOneRecord", HOME "mqtt: {url: 'mqtts://broker', batch: {records: 1}}\n",
     "config.yaml:4:48: error", "expected a whole number from 2 to 500, found '1'"},
    {"BatchTooLong", HOME "mqtt: {url: 'mqtts://broker', batch: {records: 501}}\n", "config.yaml:4:48: error",
     "expected a whole number from 2 to 500, found '501'"},
    {"BatchWithoutRecords", HOME "mqtt: {url: 'mqtts://broker', batch: {delay: 1s}}\n",
     "config.yaml:4:31: error", "'records'"},
    {"BatchThatWaitsTooLong", HOME "mqtt: {url: 'mqtts://broker', batch: {records: 50, delay: 2min}}\n",
     "config.yaml:4:59: error", "expected"},
    {"YesForABoolean", HOME "mqtt: {url: 'mqtts://broker', allow_plaintext: yes}\n",
     "config.yaml:4:48: error", "expected one of true, false, found 'yes'"},
};

std::string name_of(const testing::TestParamInfo<Mistake>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Syntax, Mistakes, testing::ValuesIn(kSyntax), name_of);
INSTANTIATE_TEST_SUITE_P(TopLevel, Mistakes, testing::ValuesIn(kTopLevel), name_of);
INSTANTIATE_TEST_SUITE_P(Buses, Mistakes, testing::ValuesIn(kBuses), name_of);
INSTANTIATE_TEST_SUITE_P(Meters, Mistakes, testing::ValuesIn(kMeters), name_of);
INSTANTIATE_TEST_SUITE_P(Mqtt, Mistakes, testing::ValuesIn(kMqtt), name_of);

}  // namespace

}  // namespace submeter::config
