// SPDX-License-Identifier: Apache-2.0
#include "io/serial_port.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "tests/unit/io/stream_recorder.h"

namespace submeter::io {
namespace {

namespace fs = std::filesystem;

/// A pseudo-terminal: the port is its slave, the test has the far end.
class Pty {
 public:
  Pty() {
    int far = -1;
    int near = -1;
    std::array<char, 128> name{};
    if (::openpty(&far, &near, name.data(), nullptr, nullptr) != 0) std::abort();
    far_.reset(far);
    near_.reset(near);
    device_ = name.data();
  }
  const std::string& device() const { return device_; }
  int far() const { return far_.get(); }
  void hang_up() {
    near_.reset();
    far_.reset();
  }
  termios settings() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(near_.get(), &settings), 0);
    return settings;
  }

 private:
  core::UniqueFd far_;
  core::UniqueFd near_;
  std::string device_;
};

class SerialPortTest : public ::testing::Test {
 protected:
  SerialPortTest() { open_anew(); }
  ~SerialPortTest() override { fs::remove_all(locks); }

  void open_anew(const std::string& device = {}) {
    port = std::make_unique<SerialPort>(loop, line(device.empty() ? pty.device() : device), locks);
    port->set_listener(told);
  }
  static SerialLine line(const std::string& device) { return {device, 19200, Parity::kNone, 1}; }
  static std::string make_directory() {
    std::string pattern = ::testing::TempDir() + "submeter-port-XXXXXX";
    return ::mkdtemp(pattern.data());
  }
  std::string lock_file() const { return locks + "/LCK.." + fs::path(pty.device()).filename().string(); }

  std::string locks = make_directory();
  core::EpollLoop loop;
  StreamRecorder told{loop};
  Pty pty;
  std::unique_ptr<SerialPort> port;
};

TEST_F(SerialPortTest, OpensAndSetsUpTheLine) {
  port->open();
  EXPECT_EQ(told.opened, 0);
  ASSERT_TRUE(told.run_until_open());
  const termios settings = pty.settings();
  EXPECT_EQ(::cfgetispeed(&settings), static_cast<speed_t>(B19200));
  EXPECT_EQ(settings.c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(settings.c_oflag & OPOST, 0U);
  EXPECT_TRUE(fs::exists(lock_file()));
  EXPECT_EQ(port->describe(), pty.device() + " 19200 8N1");
}

TEST_F(SerialPortTest, LetsTheFarEndOfAPseudoTerminalSeeTheParity) {
  struct Seen {
    Parity parity;
    tcflag_t checks;
    tcflag_t odd;
  };
  for (const Seen& seen :
       {Seen{Parity::kOdd, INPCK, PARODD}, Seen{Parity::kEven, INPCK, 0}, Seen{Parity::kNone, 0, 0}}) {
    port.reset();
    port = std::make_unique<SerialPort>(loop, SerialLine{pty.device(), 19200, seen.parity, 1}, locks);
    StreamRecorder opened{loop};
    port->set_listener(opened);
    port->open();
    ASSERT_TRUE(opened.run_until_open());
    EXPECT_EQ(pty.settings().c_iflag & INPCK, seen.checks);
    EXPECT_EQ(pty.settings().c_cflag & PARODD, seen.odd);
  }
}

TEST_F(SerialPortTest, CarriesEveryByteBothWays) {
  port->open();
  ASSERT_TRUE(told.run_until_open());
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  ASSERT_EQ(::write(pty.far(), all.data(), all.size()), 256);
  ASSERT_TRUE(told.run_until([&] { return told.received.size() >= all.size(); }));
  EXPECT_EQ(told.received, all);

  port->write(bytes_of(all));
  std::string arrived(256, '\0');
  ASSERT_EQ(::read(pty.far(), arrived.data(), arrived.size()), 256);
  EXPECT_EQ(arrived, all);
}

TEST_F(SerialPortTest, ForgetsInputThatWasNotDelivered) {
  port->open();
  ASSERT_TRUE(told.run_until_open());
  ASSERT_EQ(::write(pty.far(), "late", 4), 4);
  port->discard_input();
  ASSERT_EQ(::write(pty.far(), "new", 3), 3);
  ASSERT_TRUE(told.run_until([&] { return !told.received.empty(); }));
  EXPECT_EQ(told.received, "new");
}

TEST_F(SerialPortTest, OpensAgainAfterItWasClosed) {
  for (int i = 1; i <= 3; ++i) {
    port->open();
    ASSERT_TRUE(told.run_until([&] { return told.opened == i; }));
    port->close();
    EXPECT_FALSE(fs::exists(lock_file()));
  }
  EXPECT_TRUE(told.downs.empty());
}

TEST_F(SerialPortTest, IsTakenByOneOnly) {
  port->open();
  ASSERT_TRUE(told.run_until_open());
  StreamRecorder second_told(loop);
  SerialPort second(loop, line(pty.device()), locks);
  second.set_listener(second_told);
  second.open();
  ASSERT_TRUE(second_told.run_until_down());
  EXPECT_NE(second_told.downs[0].find("serial port " + pty.device() + " is held by "), std::string::npos)
      << second_told.downs[0];
  EXPECT_TRUE(told.downs.empty());
}

TEST_F(SerialPortTest, TellsThatTheFarEndHasGone) {
  port->open();
  ASSERT_TRUE(told.run_until_open());
  pty.hang_up();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0], "serial port " + pty.device() + " has gone: was the adapter unplugged?");
  told.run_some_turns();
  EXPECT_EQ(told.downs.size(), 1U);
}

TEST_F(SerialPortTest, OpensAgainByItsStablePathAfterARePlug) {
  const std::string link = locks + "/by-id";
  fs::create_symlink(pty.device(), link);
  open_anew(link);
  port->open();
  ASSERT_TRUE(told.run_until_open());
  port->write(bytes_of("request"));
  pty.hang_up();
  ASSERT_TRUE(told.run_until_down());
  fs::remove(link);
  port->open();
  ASSERT_TRUE(told.run_until([this] { return told.downs.size() == 2; }));
  EXPECT_EQ(told.downs[1],
            "cannot open serial port " + link + ": No such file or directory: is the adapter plugged in?");

  Pty other;
  fs::create_symlink(other.device(), link);
  port->open();
  ASSERT_TRUE(told.run_until([this] { return told.opened == 2; }));
  ASSERT_EQ(::write(other.far(), "answer", 6), 6);
  ASSERT_TRUE(told.run_until([this] { return !told.received.empty(); }));
  EXPECT_EQ(told.received, "answer");
}

TEST_F(SerialPortTest, StaysDownWhereTheDriverHasNoRs485) {
  SerialLine with = line(pty.device());
  with.rs485 = Rs485::kKernel;
  port = std::make_unique<SerialPort>(loop, with, locks);
  port->set_listener(told);
  port->open();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0].substr(0, told.downs[0].find(" (")),
            "serial port " + pty.device() + ": its driver has no RS-485 mode");
  EXPECT_FALSE(fs::exists(lock_file()));
}

TEST_F(SerialPortTest, SaysWhatIsWrongWithTheDevice) {
  open_anew("/dev/ttyMISSING");
  port->open();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0],
            "cannot open serial port /dev/ttyMISSING: No such file or directory: is the adapter plugged in?");
  open_anew("/dev/null");
  port->open();
  ASSERT_TRUE(told.run_until([this] { return told.downs.size() == 2; }));
  EXPECT_EQ(told.downs[1], "/dev/null is not a serial port");
}

TEST_F(SerialPortTest, RefusesASpeedThatLibmodbusWouldQuietlyReplace) {
  SerialLine odd = line(pty.device());
  odd.baud = 12345;
  port = std::make_unique<SerialPort>(loop, odd, locks);
  port->set_listener(told);
  port->open();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0], pty.device() + " cannot be set to 12345 baud");
}

TEST_F(SerialPortTest, CallsNobodyBackOnceItIsClosedOrDestroyed) {
  port->open();
  port->close();
  told.run_some_turns();
  EXPECT_EQ(told.opened, 0);
  port->open();
  port.reset();
  told.run_some_turns();
  EXPECT_EQ(told.opened, 0);
  EXPECT_TRUE(told.downs.empty());
}

}  // namespace
}  // namespace submeter::io
