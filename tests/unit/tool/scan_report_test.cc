// SPDX-License-Identifier: Apache-2.0
#include "tool/scan_report.h"

#include <gtest/gtest.h>

#include "tests/support/simulated_meters.h"

namespace submeter::tool {
namespace {

using namespace std::chrono_literals;

const SerialLine k9600None{.device = {}, .baud = 9'600, .parity = Parity::kNone};
const SerialLine k19200Even{.device = {}, .baud = 19'200, .parity = Parity::kEven};

class ScanReportTest : public testing::Test {
 protected:
  FoundMeter meter(std::uint8_t unit, const SerialLine& line, bool certain = true) const {
    return {.line = line, .unit = {unit}, .guesses = {{&map_, certain, "says 1"}}};
  }
  meters::RegisterMap map_ = test::small_map();
  ScanTarget target_{.bus = "rs485-1",
                     .configured = false,
                     .options = {.line = SerialLine{.device = "/dev/ttyUSB0"}},
                     .known = {}};
};

TEST_F(ScanReportTest, SaysBeforehandWhatIsTriedAndHowLongItTakesAtMost) {
  ScanWish quick;
  quick.quick = true;
  const auto passes = serial_passes({k9600None, k19200Even}, quick);
  const std::string text = announcement(target_, passes, 300ms);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "scan of /dev/ttyUSB0: 9600 8N1, 19200 8E1; units 1-32; holding, then input registers");
  // 64 questions each: of 350 ms and 18.5 characters of 1/960 s, and of 15 of 11/19200 s with 3.5 of silence
  EXPECT_NE(text.find("at most 47 s, and "), std::string::npos) << text;
}

TEST_F(ScanReportTest, OffersTheLinesOfABusInItsPrevailingSettings) {
  const std::string yaml =
      yaml_text({meter(7, k19200Even), meter(1, k9600None), meter(2, k9600None, false)}, target_);
  EXPECT_EQ(
      yaml,
      "buses:\n"
      "  rs485-1: {type: rtu, device: /dev/ttyUSB0, baud: 9600, parity: none, stop_bits: 1}\n"
      "meters:\n"
      "  meter-1: {bus: rs485-1, unit: 1, map: small, interval: 1min, points: [power_kw, "
      "energy_import_kwh]}\n"
      "  meter-2: {bus: rs485-1, unit: 2, map: small, interval: 1min, points: [power_kw, energy_import_kwh]}"
      "  # plausible only: compare with its display\n"
      "  # is at 19200 8E1: set it to 9600 8N1 first, a bus has one setting\n"
      "  # meter-7: {bus: rs485-1, unit: 7, map: small, interval: 1min, points: [power_kw, "
      "energy_import_kwh]}\n");
}

TEST_F(ScanReportTest, LeavesOutWhatIsConfiguredAlready) {
  target_.configured = true;
  target_.options.line = SerialLine{.device = "/dev/ttyUSB0", .baud = 9'600, .parity = Parity::kNone};
  target_.known = {{UnitId{1}, "lobby"}};
  EXPECT_EQ(yaml_text({meter(1, k9600None)}, target_), "");
  const std::string yaml = yaml_text({meter(1, k9600None), meter(2, k9600None)}, target_);
  EXPECT_EQ(yaml.substr(0, 8), "meters:\n");
  EXPECT_EQ(yaml.find("unit: 1,"), std::string::npos);
  EXPECT_NE(found_text(meter(1, k9600None), target_).find("(configured as lobby)"), std::string::npos);
}

TEST_F(ScanReportTest, SaysOnlyOfWhatTheMeterSaysItselfThatItIsThatMap) {
  EXPECT_EQ(found_text(meter(7, k9600None), target_), "unit 7 at 9600 8N1: small (says 1)");
  EXPECT_EQ(found_text(meter(7, k9600None, false), target_), "unit 7 at 9600 8N1: plausibly small (says 1)");
  EXPECT_NE(found_text({.line = k9600None, .unit = {7}, .guesses = {}}, target_).find("no map fits"),
            std::string::npos);
}

TEST_F(ScanReportTest, OffersEveryChannelOfAMeterThatHasSeveral) {
  map_.channels = 2;
  map_.channel_stride = 100;
  const std::string yaml = yaml_text({meter(3, k9600None)}, target_);
  EXPECT_NE(yaml.find("circuits: {meter-3-1: {channel: 1, interval: 1min"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("meter-3-2: {channel: 2, "), std::string::npos) << yaml;
}

}  // namespace
}  // namespace submeter::tool
