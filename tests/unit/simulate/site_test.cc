// SPDX-License-Identifier: Apache-2.0
#include "simulate/site.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/epoll_loop.h"
#include "tests/support/simulated_meters.h"

namespace submeter::simulate {
namespace {

namespace fs = std::filesystem;

class SiteTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    options_.buses["serial"].line = SerialLine{.device = directory_ / "serial"};
    options_.buses["network"].line = TcpEndpoint{.host = "127.0.0.1", .port = 0};
    add("ups-a", "serial", 7);
    add("ahu-3", "network", 1);
  }
  void TearDown() override { fs::remove_all(directory_); }

  void add(const char* id, const char* bus, std::uint8_t unit) {
    MeterOptions meter;
    meter.id = id;
    meter.bus = bus;
    meter.unit = UnitId{unit};
    meter.map = "small";
    options_.meters.push_back(meter);
  }
  std::string error() {
    if (const auto checked = check(options_, site_); !checked) return checked.error().message;
    const auto site = Site::open(loop_, options_, maps_, site_);
    return site.ok() ? "" : site.error().message;
  }

  core::EpollLoop loop_;
  fs::path directory_ = fs::path(testing::TempDir()) / ("site-" + std::to_string(::getpid()));
  Options options_;
  Maps maps_{{"small", test::small_map()}};
  SiteOptions site_;
};

TEST_F(SiteTest, OpensEveryBusAndLeavesNothingBehind) {
  {
    const auto site = Site::open(loop_, options_, maps_, site_);
    ASSERT_TRUE(site.ok()) << site.error().message;
    EXPECT_TRUE(fs::is_symlink(directory_ / "serial"));
  }
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(SiteTest, LeavesNothingBehindWhenABusCannotBeOpened) {
  options_.buses["unreachable"].line = TcpEndpoint{.host = "10.0.4.20", .port = 502};
  add("far", "unreachable", 1);
  EXPECT_NE(error().find("bus unreachable: 10.0.4.20:502 is not on this machine"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(SiteTest, OpensADeviceServerAndSaysThatTlsIsNotSimulated) {
  options_.buses["network"].line = DeviceServer{.host = "127.0.0.1", .port = 0, .line = {}};
  site_.faults["ahu-3"].shares[Fault::kBadCrc] = 0.1;  // there is a checksum behind it
  EXPECT_EQ(error(), "");
  options_.buses["network"].line = TcpEndpoint{.host = "127.0.0.1", .tls = TlsOptions{}};
  site_.faults.clear();
  EXPECT_NE(error().find("meters behind TLS cannot be simulated"), std::string::npos);
}

TEST_F(SiteTest, LeavesABusWithoutMetersClosed) {
  options_.buses["spare"].line = SerialLine{.device = directory_ / "missing" / "spare"};
  EXPECT_EQ(error(), "");
}

TEST_F(SiteTest, RefusesAMeterThatIsNotThere) {
  site_.faults["ups-b"].dead = true;
  EXPECT_EQ(error(), "there is no meter 'ups-b' in the configuration; it has ups-a, ahu-3");
  site_.faults.clear();
  site_.loads["ups-b"] = {};
  EXPECT_NE(error().find("no meter 'ups-b'"), std::string::npos);
  site_.loads.clear();
  site_.replay = {.meter = "ups-b", .table = {}};
  EXPECT_NE(error().find("no meter 'ups-b'"), std::string::npos);
}

TEST_F(SiteTest, RefusesToDamageAChecksumWhereThereIsNone) {
  site_.faults["ahu-3"].shares[Fault::kBadCrc] = 0.1;
  EXPECT_EQ(error(), "meter ahu-3 is on a TCP bus, where there is no fault 'crc'");
}

TEST_F(SiteTest, RefusesAConfigurationWithoutMeters) {
  options_.meters.clear();
  EXPECT_NE(error().find("nothing to simulate"), std::string::npos);
}

TEST_F(SiteTest, GivesMetersLoadsOfTheirOwnThatAreTheSameInEveryRun) {
  const auto power = [this](std::size_t index) {
    auto meter = make_meter(options_.meters.at(index), maps_.at("small"), site_);
    const RegisterBlock* block = meter->read({meters::Table::kInput, {0x0034}, 2}, std::chrono::seconds{10});
    return std::pair(block->words.at(0x34), block->words.at(0x35));
  };
  EXPECT_EQ(power(0), power(0));
  EXPECT_NE(power(0), power(1));
}

TEST_F(SiteTest, SetsOnlyMetersOfASerialBusOtherwise) {
  site_.lines["ups-a"] = SerialLine{.device = {}, .baud = 19'200};
  EXPECT_EQ(error(), "");
  site_.lines["ahu-3"] = SerialLine{.device = {}, .baud = 19'200};
  EXPECT_EQ(error(), "meter ahu-3 is not on an rtu bus, so it has no line settings");
  site_.lines.erase("ahu-3");
  site_.lines["ups-b"] = SerialLine{};
  EXPECT_NE(error().find("no meter 'ups-b'"), std::string::npos);
}

TEST_F(SiteTest, StartsImportRegistersWhereItIsTold) {
  site_.start_import_kwh = Decimal(48'211'36, -2);
  auto meter = make_meter(options_.meters.front(), maps_.at("small"), site_);
  const RegisterBlock* block = meter->read({meters::Table::kInput, {0x0048}, 2}, Duration{});
  EXPECT_EQ(block->words.at(0x48), 0x473C);  // 48211.36 as a float32 is 47 3C 53 5C
  EXPECT_EQ(block->words.at(0x49), 0x535C);
}

}  // namespace
}  // namespace submeter::simulate
