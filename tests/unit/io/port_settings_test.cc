// SPDX-License-Identifier: Apache-2.0
// Drivers are functions here: what they take and refuse is from the kernel's serial_core.c and ftdi_sio.c.
#include "io/port_settings.h"

#include <gtest/gtest.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

namespace submeter::io {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A driver that knows serial_struct and, perhaps, RS-485.
struct Driver {
  bool has_rs485 = true;
  bool takes_and_ignores = false;
  int low_latency_error = 0;
  serial_struct settings{};
  serial_rs485 rs485{};
  std::function<void()> on_low_latency = [] {};

  PortControl control() {
    return [this](unsigned long request, void* argument) { return handle(request, argument); };
  }

 private:
  int handle(unsigned long request, void* argument) {
    switch (request) {
      case TIOCGSERIAL:
        *static_cast<serial_struct*>(argument) = settings;
        return 0;
      case TIOCSSERIAL:
        if (low_latency_error != 0) return low_latency_error;
        settings = *static_cast<serial_struct*>(argument);
        on_low_latency();
        return 0;
      case TIOCGRS485:
        if (!has_rs485) return ENOTTY;
        *static_cast<serial_rs485*>(argument) = rs485;
        return 0;
      case TIOCSRS485:
        if (!takes_and_ignores) rs485 = *static_cast<serial_rs485*>(argument);
        return has_rs485 ? 0 : ENOTTY;
      default:
        return EINVAL;
    }
  }
};

class LatencyTest : public ::testing::Test {
 protected:
  LatencyTest() {
    std::string pattern = ::testing::TempDir() + "submeter-sysfs-XXXXXX";
    sysfs = ::mkdtemp(pattern.data());
    fs::create_directories(sysfs / "ttyUSB0");
  }
  ~LatencyTest() override { fs::remove_all(sysfs); }

  void set_timer(const std::string& text) const { std::ofstream(timer()) << text; }
  std::string timer_text() const {
    std::ifstream stream(timer());
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  fs::path timer() const { return sysfs / "ttyUSB0" / "latency_timer"; }
  std::chrono::milliseconds ask() { return ask_for_low_latency(driver.control(), "ttyUSB0", sysfs); }

  fs::path sysfs;
  Driver driver;
};

TEST_F(LatencyTest, AsksTheDriverAndLeavesItsOtherFlagsAlone) {
  driver.settings.flags = ASYNC_SKIP_TEST;
  EXPECT_EQ(ask(), 0ms);
  EXPECT_EQ(driver.settings.flags, ASYNC_SKIP_TEST | ASYNC_LOW_LATENCY);
  EXPECT_FALSE(fs::exists(timer()));
}

TEST_F(LatencyTest, IsSilentForPortsWithoutATimer) {
  driver.low_latency_error = EPERM;
  EXPECT_EQ(ask(), 0ms);
}

TEST_F(LatencyTest, SetsTheTimerWhereItMay) {
  set_timer("16\n");
  EXPECT_EQ(ask(), 0ms);
  EXPECT_EQ(timer_text(), "1");
}

TEST_F(LatencyTest, LeavesTheTimerAloneThatTheDriverHasSet) {
  set_timer("16\n");
  driver.on_low_latency = [this] { set_timer("1\n"); };
  EXPECT_EQ(ask(), 0ms);
  EXPECT_EQ(timer_text(), "1\n");
}

TEST_F(LatencyTest, TellsWhatItMayNotChange) {
  // A number that not even root can write stands in for the timer.
  fs::create_symlink("/proc/sys/kernel/cap_last_cap", timer());
  EXPECT_EQ(ask().count(), std::stoi(timer_text()));
  EXPECT_GT(ask(), 1ms);
}

TEST(Latency, IsDescribedWithItsRemedy) {
  EXPECT_EQ(
      describe_holding("/dev/ttyUSB0", 16ms),
      "serial port /dev/ttyUSB0: the adapter holds received bytes for 16 ms, and this user may not change "
      "that: a udev rule makes reads 2–3 times faster: ACTION==\"add\", SUBSYSTEM==\"usb-serial\", "
      "DRIVER==\"ftdi_sio\", ATTR{latency_timer}=\"1\"");
}

TEST(KernelRs485, IsTurnedOnWithRtsWhileSending) {
  Driver driver;
  driver.rs485.delay_rts_before_send = 3;
  ASSERT_TRUE(turn_on_rs485(driver.control(), "/dev/ttyS1").ok());
  EXPECT_EQ(driver.rs485.flags, static_cast<__u32>(SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND));
  EXPECT_EQ(driver.rs485.delay_rts_before_send, 3U);
}

TEST(KernelRs485, KeepsThePolarityThatTheSystemHasSetUp) {
  Driver driver;
  driver.rs485.flags = SER_RS485_RTS_AFTER_SEND;
  ASSERT_TRUE(turn_on_rs485(driver.control(), "/dev/ttyS1").ok());
  EXPECT_EQ(driver.rs485.flags, static_cast<__u32>(SER_RS485_ENABLED | SER_RS485_RTS_AFTER_SEND));
}

TEST(KernelRs485, IsAnErrorWhereTheDriverHasNone) {
  Driver without;
  without.has_rs485 = false;
  Driver forgetful;
  forgetful.takes_and_ignores = true;
  for (Driver* driver : {&without, &forgetful}) {
    const auto turned_on = turn_on_rs485(driver->control(), "/dev/ttyUSB0");
    ASSERT_FALSE(turned_on.ok());
    EXPECT_EQ(
        turned_on.error().message,
        "serial port /dev/ttyUSB0: its driver has no RS-485 mode (Inappropriate ioctl for device): remove "
        "`rs485: kernel`; adapters that switch direction by themselves do not need it");
  }
}

}  // namespace
}  // namespace submeter::io
