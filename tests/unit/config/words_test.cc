// SPDX-License-Identifier: Apache-2.0
// Numbers with units, nearest words and what a line can carry, each against arithmetic done by hand.
#include <gtest/gtest.h>

#include <array>

#include "config/broker_url.h"
#include "config/bus_load.h"
#include "config/nearest_word.h"
#include "config/scalars.h"

namespace submeter::config {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

YamlNode scalar(std::string text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = std::move(text);
  return node;
}

TEST(Durations, CarryAUnit) {
  EXPECT_EQ(*as_duration(scalar("500ms")), milliseconds{500});
  EXPECT_EQ(*as_duration(scalar("5s")), milliseconds{5'000});
  EXPECT_EQ(*as_duration(scalar("15 min")), milliseconds{900'000});
  EXPECT_EQ(*as_duration(scalar("1h")), milliseconds{3'600'000});
  EXPECT_EQ(*as_duration(scalar("7d")), milliseconds{604'800'000});
  for (const char* wrong : {"", "5", "s", "-5s", "1.5s", "5 s ", "5S", "5sec", "0x5s",
                            "99999999999999999999s", "9999999999999999d"}) {
    EXPECT_FALSE(as_duration(scalar(wrong)).ok()) << wrong;
  }
}

TEST(Sizes, AreBinary) {
  EXPECT_EQ(*as_size(scalar("512B")), 512U);
  EXPECT_EQ(*as_size(scalar("64KiB")), 65'536U);
  EXPECT_EQ(*as_size(scalar("2GiB")), 2'147'483'648U);
  EXPECT_EQ(*as_size(scalar("1TiB")), 1'099'511'627'776U);
  for (const char* wrong : {"", "5", "MiB", "2GB", "2gib", "99999999TiB"})
    EXPECT_FALSE(as_size(scalar(wrong)).ok()) << wrong;
}

TEST(Ids, EndAtTheirBounds) {
  EXPECT_TRUE(as_id(scalar("7-up_2")).ok());
  EXPECT_TRUE(as_id(scalar(std::string(63, 'a'))).ok());
  for (const std::string& wrong :
       {std::string(64, 'a'), std::string(), std::string("-a"), std::string("_a"), std::string("A"),
        std::string("a b"), std::string("a/b"), std::string("é")}) {
    EXPECT_FALSE(as_id(scalar(wrong)).ok()) << wrong;
  }
}

TEST(NearestWord, IsTheOneProbablyMeant) {
  constexpr std::array<std::string_view, 5> kKeys = {"device", "baud", "parity", "stop_bits", "retries"};
  EXPECT_EQ(nearest_word("devise", kKeys), "device");
  EXPECT_EQ(nearest_word("baudrate", kKeys), "baud");
  EXPECT_EQ(nearest_word("stopbits", kKeys), "stop_bits");
  EXPECT_EQ(nearest_word("pairty", kKeys), "parity");
  EXPECT_EQ(nearest_word("colour", kKeys), std::nullopt);
  constexpr std::array<std::string_view, 2> kMaps = {"eastron-sdm120", "eastron-sdm630"};
  EXPECT_EQ(nearest_word("eastron-sdm360", kMaps), "eastron-sdm630");
  EXPECT_EQ(nearest_word("", kKeys), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'b'), kKeys), std::nullopt);
  EXPECT_EQ(suggestion("colour", kKeys), "; expected one of device, baud, parity, stop_bits, retries");
}

TEST(BrokerUrl, IsTakenApart) {
  const auto plain = parse_broker_url("mqtts://broker.example.com");
  EXPECT_TRUE(plain->tls);
  EXPECT_EQ(plain->host, "broker.example.com");
  EXPECT_EQ(plain->port, 8883);
  const auto v6 = parse_broker_url("mqtt://[fe80::1]:1884/");
  EXPECT_FALSE(v6->tls);
  EXPECT_EQ(v6->host, "fe80::1");
  EXPECT_EQ(v6->port, 1884);
  EXPECT_FALSE(v6->is_loopback());
  for (const char* wrong : {"", "broker", "mqtts://", "mqtts://:8883", "mqtts://[::1", "mqtts://a b",
                            "mqtts://a:x", "mqtts://a:65536", "mqtts://a?b", "mqtts:/a", "://a"}) {
    EXPECT_FALSE(parse_broker_url(wrong).ok()) << wrong;
  }
}

TEST(BrokerUrl, IsLoopbackOnlyAsAnAddressOrLocalhost) {
  EXPECT_TRUE(parse_broker_url("mqtt://127.3.2.1")->is_loopback());
  EXPECT_FALSE(parse_broker_url("mqtt://127.evil.example")->is_loopback());
  EXPECT_FALSE(parse_broker_url("mqtt://localhost.example")->is_loopback());
}

/// One read of 4 registers: (13 + 8 + 3.5) · 1.145833 + 20 = 48.0729 ms. One of 2: 43.4896 ms. Energy lies so
/// far away that it always needs a request of its own.
class BusLoadTest : public testing::Test {
 protected:
  BusLoadTest() {
    for (const auto& [name, address] : {std::pair{"power_kw", 0}, {"pf", 2}, {"energy_import_kwh", 1000}}) {
      meters::MapPoint point;
      point.name = name;
      point.address = {static_cast<std::uint16_t>(address)};
      map_.points.push_back(point);
    }
  }
  BusLoad load_of(const BusOptions& bus, std::vector<PointOptions> points) const {
    MeterOptions meter{"m", "b", {1}, "map", {}, {}, {}};
    meter.circuits = {{"m", 1, std::move(points), {}}};
    return estimate_load("b", bus, {meter}, {{"map", map_}});
  }

  meters::RegisterMap map_;
  const BusOptions slow_{.line = SerialLine{"", 9600, Parity::kEven, 1}};
};

TEST_F(BusLoadTest, AddsUpWhatIsDueTogether) {
  const BusLoad load = load_of(slow_, {{"power_kw", milliseconds{1000}},
                                       {"pf", milliseconds{1000}},
                                       {"energy_import_kwh", milliseconds{60000}}});
  EXPECT_EQ(load.requests, 2U);
  EXPECT_EQ(load.registers, 6U);
  EXPECT_NEAR(static_cast<double>(load.line_time.count()), 91'562'500.0, 50.0);
  EXPECT_EQ(load.shortest_interval, milliseconds{1000});
  EXPECT_NEAR(load.share, 0.0480729 + 0.0434896 / 60, 1e-6);
}

TEST_F(BusLoadTest, CountsWhatSharesARequestOnce) {
  // Of twelve instants in a minute one reads 4 registers, the others 2.
  const BusLoad load = load_of(slow_, {{"power_kw", milliseconds{5000}}, {"pf", milliseconds{60000}}});
  EXPECT_EQ(load.requests, 1U);
  EXPECT_EQ(load.registers, 4U);
  EXPECT_NEAR(load.share, (11 * 0.0434896 + 0.0480729) / 60, 1e-6);
}

TEST_F(BusLoadTest, MeetsWhereIntervalsAreNoMultiplesOfEachOther) {
  // 2 s and 3 s: in 6 s both once, the first alone twice, the second alone once.
  const BusLoad load = load_of(slow_, {{"power_kw", milliseconds{2000}}, {"pf", milliseconds{3000}}});
  EXPECT_NEAR(load.share, (0.0480729 + 3 * 0.0434896) / 6, 1e-6);
}

TEST_F(BusLoadTest, IsThatOfTheLineBehindADeviceServer) {
  DeviceServer server;
  server.line = SerialLine{"", 9600, Parity::kEven, 1};
  const std::vector<PointOptions> points{{"power_kw", milliseconds{1000}}};
  EXPECT_EQ(load_of({.line = server}, points).line_time, load_of(slow_, points).line_time);
  EXPECT_EQ(load_of({.line = TcpEndpoint{}}, points).line_time, nanoseconds{0});
}

TEST_F(BusLoadTest, IsNothingWithoutMeters) {
  EXPECT_EQ(estimate_load("other", slow_, {}, {{"map", map_}}).requests, 0U);
}

}  // namespace

}  // namespace submeter::config
