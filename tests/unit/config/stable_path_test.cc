// SPDX-License-Identifier: Apache-2.0
#include "config/stable_path.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "temporary_site.h"

namespace submeter::config {

namespace {

namespace fs = std::filesystem;

class StablePath : public testing::Test {
 protected:
  StablePath() {
    fs::create_directories(by_id);
    fs::create_symlink("../dev/ttyUSB1", by_id / "usb-FTDI_A1");
    fs::create_symlink("../dev/ttyUSB2", by_id / "usb-FTDI_A2");
    fs::create_symlink("../dev/ttyUSB9", by_id / "usb-Prolific-of-old");
  }
  std::optional<std::string> of(const std::string& device) const {
    return stable_path(device, by_id.string());
  }

  TemporarySite site;
  fs::path by_id = site.directory() / "by-id";
  std::string usb0 = site.write("dev/ttyUSB0", "").string();
  std::string usb1 = site.write("dev/ttyUSB1", "").string();
  std::string usb2 = site.write("dev/ttyUSB2", "").string();
  std::string on_board = site.write("dev/ttyS0", "").string();
};

TEST_F(StablePath, IsTheLinkThatLeadsToThePort) {
  EXPECT_EQ(of(usb2), (by_id / "usb-FTDI_A2").string());
}

TEST_F(StablePath, IsOneOfSeveralAlwaysTheSame) {
  fs::create_symlink("../dev/ttyUSB2", by_id / "usb-A");
  EXPECT_EQ(of(usb2), (by_id / "usb-A").string());
}

TEST_F(StablePath, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(of(usb0), std::nullopt);
  EXPECT_EQ(of((site.directory() / "dev/ttyUSB7").string()), std::nullopt);
  EXPECT_EQ(stable_path(usb1, (site.directory() / "missing").string()), std::nullopt);
}

TEST_F(StablePath, IsNotNeededWhereThePathStaysAnyway) {
  fs::create_symlink("../dev/ttyS0", by_id / "on-board");
  EXPECT_EQ(of(on_board), std::nullopt);
  EXPECT_EQ(of((by_id / "usb-FTDI_A1").string()), std::nullopt);
}

}  // namespace

}  // namespace submeter::config
