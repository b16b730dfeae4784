// SPDX-License-Identifier: Apache-2.0
// Whole configurations: what good ones become, how files add up, and what is said about several mistakes at
// once.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "temporary_site.h"

namespace submeter::config {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

constexpr const char* kIdle = "gateway: {site: hq, id: gw-1}\nbuses:\nmeters:\n";

TEST(Loading, FillsInEveryDefault) {
  const TemporarySite site;
  const Configuration configuration = site.load(kIdle);
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  Options expected;
  expected.gateway = {"hq", "gw-1"};
  EXPECT_EQ(configuration.options, expected);
}

TEST(Loading, ReadsEveryKey) {
  const TemporarySite site;
  for (const char* secret : {"tls/gw.key", "tls/password"}) {
    std::filesystem::permissions(site.write(secret, "x"), std::filesystem::perms(0640));
  }
  site.write("tls/ca.pem", "x");
  site.write("tls/gw.pem", "x");
  const Configuration configuration = site.load(R"(
gateway: {site: hq, id: gw-1}
clock: {source: chrony, max_error: 2s, before_sync: mark, chrony_port: 11323}
buses:
  line:
    type: rtu
    device: /dev/ttyUSB0
    baud: 19200
    parity: none
    stop_bits: 2
    rs485: kernel
    response_timeout: 700ms
    retries: 2
  floor: {type: tcp, host: "fe80::1", port: 1502, max_in_flight: 4}
meters: {}
mqtt:
  url: mqtts://broker.example.com
  client_id: me
  ca_file: tls/ca.pem
  cert_file: tls/gw.pem
  key_file: tls/gw.key
  alpn: [x-amzn-mqtt-ca, mqtt]
  username: user
  password_file: tls/password
  version: 5
  topic_root: power/v1
  batch: {records: 20, delay: 1s}
  replay_rate: 0
  home_assistant: on
store:
  {dir: /srv/q, commit_interval: 1s, max_size: 1GiB, min_free: 64MiB, when_full: stop, keep_delivered: 1d}
data_log: {path: /srv/log, max_size: 1MiB, files: 2}
log: {level: debug}
)");
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  Options expected;
  expected.gateway = {"hq", "gw-1"};
  expected.clock = {ClockSource::kChrony, seconds{2}, BeforeSync::kMark, 11323};
  expected.buses["line"] = {SerialLine{"/dev/ttyUSB0", 19200, Parity::kNone, 2, Rs485::kKernel},
                            milliseconds{700}, 2};
  expected.buses["floor"] = {TcpEndpoint{"fe80::1", 1502, 4}, milliseconds{500}, 1};
  const std::string tls = (site.directory() / "tls/").string();
  expected.mqtt = MqttOptions{true,
                              "broker.example.com",
                              8883,
                              "me",
                              tls + "ca.pem",
                              tls + "gw.pem",
                              tls + "gw.key",
                              {"x-amzn-mqtt-ca", "mqtt"},
                              "user",
                              tls + "password",
                              MqttVersion::k5,
                              "power/v1",
                              BatchOptions{20, seconds{1}},
                              0,
                              true};
  expected.store = {"/srv/q", seconds{1}, 1ULL << 30, 64ULL << 20, WhenFull::kStop, std::chrono::hours{24}};
  expected.data_log = {true, "/srv/log", 1ULL << 20, 2};
  expected.log_level = LogLevel::kDebug;
  EXPECT_EQ(configuration.options, expected);
}

TEST(Loading, ReadsBusesOverTheNetwork) {
  const TemporarySite site;
  for (const char* file : {"tls/ca.pem", "tls/gw.pem", "tls/gw.key"}) {
    std::filesystem::permissions(site.write(file, "x"), std::filesystem::perms(0640));
  }
  const Configuration configuration = site.load(R"(
gateway: {site: hq, id: gw-1}
buses:
  server: {type: rtu_over_tcp, host: moxa-3, port: 4001, baud: 19200, parity: odd, stop_bits: 2}
  secure:
    type: tcp_tls
    host: gateway.example.com
    max_in_flight: 2
    ca_file: tls/ca.pem
    cert_file: tls/gw.pem
    key_file: tls/gw.key
  bare: {type: tcp_tls, host: h, cert_file: tls/gw.pem, key_file: tls/gw.key, port: 8802}
meters:
)");
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  const std::string tls = (site.directory() / "tls/").string();
  BusOptions expected;
  expected.line = DeviceServer{"moxa-3", 4001, SerialLine{"", 19200, Parity::kOdd, 2}};
  EXPECT_EQ(configuration.options.buses.at("server"), expected);
  expected.line =
      TcpEndpoint{"gateway.example.com", 802, 2, TlsOptions{tls + "ca.pem", tls + "gw.pem", tls + "gw.key"}};
  EXPECT_EQ(configuration.options.buses.at("secure"), expected);
  expected.line = TcpEndpoint{"h", 8802, 1, TlsOptions{"", tls + "gw.pem", tls + "gw.key"}};
  EXPECT_EQ(configuration.options.buses.at("bare"), expected);
}

TEST(Loading, MakesAMeterWithoutCircuitsOneCircuitOfTheSameName) {
  const TemporarySite site;
  const Configuration configuration = site.load(R"(
gateway: {site: hq, id: gw}
buses: {b: {type: rtu, device: /dev/ttyS0}}
meters:
  ups:
    bus: b
    unit: 7
    map: simple
    ct: {primary: 400, secondary: 5, applied_by: meter}
    interval: 5s
    points: [power_kw, {name: energy_import_kwh, interval: 5min}]
    labels: {tenant: acme, floor: 2}
  pump: {bus: b, unit: 8, map: simple, points: [pf]}
)");
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  MeterOptions ups{.id = "ups", .bus = "b", .unit = {7}, .map = "simple", .ct = {}, .pt = {}, .circuits = {}};
  ups.ct = TransformerRatio{Decimal{400}, Decimal{5}, AppliedBy::kMeter};
  ups.circuits = {{"ups",
                   1,
                   {{"power_kw", seconds{5}}, {"energy_import_kwh", seconds{300}}},
                   {{"tenant", "acme"}, {"floor", "2"}}}};
  MeterOptions pump{
      .id = "pump", .bus = "b", .unit = {8}, .map = "simple", .ct = {}, .pt = {}, .circuits = {}};
  pump.circuits = {{"pump", 1, {{"pf", seconds{60}}}, {}}};
  EXPECT_EQ(configuration.options.meters, (std::vector<MeterOptions>{ups, pump}));
  EXPECT_EQ(configuration.maps.size(), 1U);
  EXPECT_EQ(configuration.maps.at("simple").points.size(), 3U);
}

TEST(Loading, LetsCircuitsInheritFromTheirMeter) {
  const TemporarySite site;
  const Configuration configuration = site.load(R"(
gateway: {site: hq, id: gw}
buses: {t: {type: tcp, host: h}}
meters:
  panel:
    bus: t
    unit: 0
    map: panel
    ct: {primary: 100, secondary: 5, applied_by: gateway}
    interval: 10s
    points: [power_kw]
    labels: {floor: two, tenant: none}
    circuits:
      one: {channel: 1}
      three: {channel: 3, interval: 1min, points: [energy_import_kwh], labels: {tenant: acme}}
)");
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  const std::vector<CircuitOptions> expected = {
      {"one", 1, {{"power_kw", seconds{10}}}, {{"floor", "two"}, {"tenant", "none"}}},
      {"three", 3, {{"energy_import_kwh", seconds{60}}}, {{"floor", "two"}, {"tenant", "acme"}}}};
  EXPECT_EQ(configuration.options.meters.at(0).circuits, expected);
}

TEST(Loading, ReportsAllMistakesOfOneRunInOrder) {
  const TemporarySite site;
  const Configuration configuration = site.load(R"(gateway: {site: HQ, id: gw}
buses:
  b:
    type: rtu
    devise: /dev/ttyUSB0
    baud: 9601
  t: {type: tcp, host: 10.0.0.1, port: 0}
meters:
  m: {bus: c, unit: 300, map: simple, points: [powr_kw, pf, pf]}
  n: {bus: t, unit: 1, map: simple, interval: 5}
mqtt: {url: http://broker}
)");
  std::string reported = "\n";
  for (const std::string& line : site.lines(configuration.problems)) reported += line + "\n";
  EXPECT_EQ(reported, R"(
config.yaml:1:17: error: expected an id: 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit, found 'HQ'
config.yaml:3:3: error: a bus of type rtu needs 'device', which is missing
config.yaml:5:5: error: unknown key 'devise' in a bus of type rtu; did you mean 'device'?
config.yaml:6:11: error: 9601 is no standard speed; did you mean 9600?
config.yaml:7:40: error: expected a whole number from 1 to 65535, found '0'
config.yaml:9:12: error: there is no bus 'c'; expected one of b, t
config.yaml:9:21: error: expected a whole number from 0 to 255, found '300'
config.yaml:9:48: error: map 'simple' has no point 'powr_kw'; did you mean 'power_kw'?
config.yaml:9:61: error: 'pf' stands twice in these points
config.yaml:10:3: error: circuit 'n' needs 'points', like [power_kw, energy_import_kwh]
config.yaml:10:47: error: expected a whole number with its unit, like 500ms, 5s, 15min, 1h or 7d, found '5'
config.yaml:11:13: error: 'http://broker' is no broker's address (scheme 'http'); expected mqtts://HOST or mqtts://HOST:PORT
)");
  EXPECT_FALSE(configuration.usable());
}

TEST(Loading, AddsTheFilesOfConfD) {
  const TemporarySite site;
  site.write("conf.d/10-floor.yaml",
             "buses: {floor: {type: tcp, host: h}}\nmeters: {a: {bus: floor, unit: 1, map: simple, points: "
             "[pf]}}\n");
  site.write("conf.d/20-more.yaml",
             "meters: {b: {bus: floor, unit: 2, map: simple, points: [pf]}}\nlog: {level: error}\n");
  site.write("conf.d/30-nothing-yet.yaml", "# to be written\n");
  const Configuration configuration = site.load(kIdle);
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  EXPECT_EQ(configuration.options.buses.count("floor"), 1U);
  ASSERT_EQ(configuration.options.meters.size(), 2U);
  EXPECT_EQ(configuration.options.meters[1].id, "b");
  EXPECT_EQ(configuration.options.log_level, LogLevel::kError);
}

TEST(Loading, RefusesWhatTwoFilesDefine) {
  const TemporarySite site;
  site.write("conf.d/more.yaml",
             "gateway: {site: hq, id: gw}\n"
             "buses: {b: {type: tcp, host: h}}\n"
             "meters: {m: {bus: b, unit: 2, map: simple, points: [pf]}}\n");
  const Configuration configuration = site.load(
      "gateway: {site: hq, id: gw}\n"
      "buses: {b: {type: tcp, host: h}}\n"
      "meters: {m: {bus: b, unit: 1, map: simple, points: [pf]}}\n");
  EXPECT_EQ(site.lines(configuration.problems),
            (Lines{"conf.d/more.yaml:1:1: error: duplicate key 'gateway'; it already stands in config.yaml:1",
                   "conf.d/more.yaml:2:9: error: duplicate bus 'b'; it already stands in config.yaml:2",
                   "conf.d/more.yaml:3:10: error: duplicate meter 'm'; it already stands in config.yaml:3"}));
}

TEST(Loading, BlamesNobodyForWhatAnUnreadableFileMayHold) {
  const TemporarySite site;
  site.write("conf.d/broken.yaml", "buses: {b: [}\n");
  const Configuration configuration =
      site.load("gateway: {site: hq, id: gw}\nmeters: {m: {bus: b, unit: 1, map: simple, points: [pf]}}\n");
  ASSERT_EQ(configuration.problems.size(), 1U) << testing::PrintToString(site.lines(configuration.problems));
  EXPECT_EQ(configuration.problems[0].file, (site.directory() / "conf.d/broken.yaml").string());
}

TEST(Loading, RemarksOnAFileThatOnlyLooksLikeConfiguration) {
  const TemporarySite site;
  site.write("conf.d/extra.yml", "log: {level: error}\n");
  site.write("conf.d/.extra.yaml.swp", "\x01\x02");
  EXPECT_EQ(site.lines(site.load(kIdle).problems),
            Lines{"conf.d/extra.yml: warning: is not read; expected a name that ends in .yaml"});
}

TEST(Loading, SaysThatTheFileIsNotThere) {
  const TemporarySite site;
  EXPECT_EQ(site.lines(site.load().problems),
            Lines{"config.yaml: error: cannot be read: No such file or directory"});
}

TEST(Loading, TakesAFileOfOneMebibyteAndNoMore) {
  const TemporarySite site;
  std::string text = kIdle;
  text += "#";
  text.resize(1U << 20, 'x');
  EXPECT_EQ(site.lines(site.load(text).problems), Lines{});
  EXPECT_EQ(site.lines(site.load(text + "x").problems),
            Lines{"config.yaml: error: is larger than 1 MiB; expected less configuration in one file"});
}

TEST(Loading, RefusesEachAliasInsteadOfExpandingIt) {
  const TemporarySite site;
  std::string bomb = "a0: &a0 [x, x, x, x]\n";
  for (int level = 1; level < 9; ++level) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}]\n", level, level - 1);
  }
  const Configuration configuration = site.load(bomb);
  EXPECT_EQ(configuration.problems.size(),
            9U + 32U + 9U + 3U);  // anchors, aliases, unknown keys, missing keys
}

TEST(Loading, SurvivesNestingOfAnyDepth) {
  const TemporarySite site;
  EXPECT_FALSE(site.load("buses: " + std::string(100'000, '[')).usable());
}

constexpr const char* kBusySite = R"(gateway: {site: hq, id: gw}
buses:
  b: {type: rtu, device: "/dev/ttyS0", baud: 9600} # c
meters:
  m:
    bus: b
    unit: 7
    map: simple
    ct: {primary: 400, secondary: 5, applied_by: meter}
    points: [power_kw, {name: 'pf', interval: 5min}]
    labels:
      tenant: |
        acme
store: {max_size: 1GiB}
)";

/// Either way it ends with a verdict: whatever stands in a file is no reason to crash.
TEST(Loading, JudgesAFileCutAtEveryLength) {
  const TemporarySite site;
  const std::string text = kBusySite;
  EXPECT_EQ(site.lines(site.load(text).problems), Lines{});
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string cut = text.substr(0, length);
    const std::size_t end =
        cut.find_last_not_of(": \n");  // yaml-cpp takes a last word without a colon for a key
    const bool is_idle_site = end == text.find("meters:") + 5;
    const bool must_fail = !is_idle_site && length < text.find("    points:");
    EXPECT_FALSE(site.load(cut).usable() && must_fail) << length;
  }
}

TEST(Loading, JudgesAFileWithAnyByteChanged) {
  const TemporarySite site;
  for (const char mask : {'\x01', '\x20', '\x7f'}) {
    std::string text = kBusySite;
    for (char& byte : text) {
      const char whole = byte;
      byte = static_cast<char>(byte ^ mask);
      for (const Problem& problem : site.load(text).problems) EXPECT_FALSE(problem.message.empty());
      byte = whole;
    }
  }
}

TEST(Loading, RefusesSecretsThatEveryoneCanRead) {
  const TemporarySite site;
  std::filesystem::permissions(site.write("key", "x"), std::filesystem::perms(0644));
  std::filesystem::permissions(site.write("password", "x"), std::filesystem::perms(0642));
  const auto lines =
      site.lines(site.load(std::string(kIdle) + "mqtt: {url: 'mqtts://b', cert_file: key, key_file: key,\n"
                                                "       username: u, password_file: password}\n")
                     .problems);
  EXPECT_EQ(
      lines,
      (Lines{"config.yaml:4:52: error: key is open to everyone (mode 0644); expected owner and group only: "
             "chmod o-rwx",
             "config.yaml:5:36: error: password is open to everyone (mode 0642); expected owner and group "
             "only: chmod o-rwx"}));
}

TEST(Loading, AcceptsPlaintextOnThisMachineOrOnRequest) {
  const TemporarySite site;
  for (const char* url : {"mqtt://localhost", "mqtt://127.0.0.1:1883", "'mqtt://[::1]'"}) {
    const Configuration configuration = site.load(std::string(kIdle) + "mqtt: {url: " + url + "}\n");
    EXPECT_EQ(site.lines(configuration.problems), Lines{});
    EXPECT_FALSE(configuration.options.mqtt->tls);
    EXPECT_EQ(configuration.options.mqtt->port, 1883);
    EXPECT_EQ(configuration.options.mqtt->client_id, "gw-1");
  }
  const auto allowed = site.load(std::string(kIdle) + "mqtt: {url: 'mqtt://far:1', allow_plaintext: true}\n");
  EXPECT_EQ(site.lines(allowed.problems), Lines{});
}

TEST(Loading, TurnsTheDataLogOff) {
  const TemporarySite site;
  const Configuration configuration = site.load(std::string(kIdle) + "data_log: off\n");
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  EXPECT_FALSE(configuration.options.data_log.enabled);
}

TEST(Loading, DigestsAllThatIsInUseAndNothingElse) {
  const TemporarySite site;
  const std::string text =
      "gateway: {site: hq, id: gw}\nbuses: {b: {type: tcp, host: h}}\n"
      "meters: {m: {bus: b, unit: 1, map: simple, points: [pf]}}\n";
  const std::string digest = site.load(text).digest;
  EXPECT_EQ(digest.size(), 8U);
  EXPECT_EQ(digest.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(site.load().digest, digest);
  site.write("shipped/panel.yaml", std::string(kPanelMap) + "# not in use\n");
  EXPECT_EQ(site.load().digest, digest);
  site.write("shipped/simple.yaml", std::string(kSimpleMap) + "# in use\n");
  const std::string other_map = site.load().digest;
  EXPECT_NE(other_map, digest);
  site.write("conf.d/more.yaml", "log: {level: error}\n");
  EXPECT_NE(site.load().digest, other_map);
}

TEST(Loading, DigestsAsSha256Does) {
  const TemporarySite site;
  EXPECT_EQ(site.load("").digest, "e3b0c442");  // FIPS 180-4: of the empty message
}

TEST(Loading, RunsTheShippedConfigurationWithoutARemark) {
  const std::filesystem::path root = SUBMETER_SOURCE_DIR;
  const Configuration configuration = load({root / "config/config.yaml", {root / "config/meters"}});
  for (const Problem& problem : configuration.problems) ADD_FAILURE() << problem.to_string();
  EXPECT_TRUE(configuration.options.meters.empty());
  EXPECT_FALSE(configuration.options.mqtt.has_value());
}

}  // namespace

}  // namespace submeter::config
