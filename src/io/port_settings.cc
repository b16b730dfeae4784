// SPDX-License-Identifier: Apache-2.0
#include "io/port_settings.h"

#include <fmt/format.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace submeter::io {
namespace {

using std::chrono::milliseconds;

constexpr int kShortestHolding = 1;  // what the timer of an FTDI chip can be set to

/// Zero: the port has no such timer.
int read_timer(const std::string& path) {
  int held = 0;
  std::ifstream(path) >> held;
  return held;
}

}  // namespace

PortControl control_of(int fd) {
  return
      [fd](unsigned long request, void* argument) { return ::ioctl(fd, request, argument) == 0 ? 0 : errno; };
}

milliseconds ask_for_low_latency(const PortControl& control, const std::string& name,
                                 const std::string& usb_serial) {
  serial_struct settings{};
  if (control(TIOCGSERIAL, &settings) == 0) {
    settings.flags |= ASYNC_LOW_LATENCY;
    control(TIOCSSERIAL, &settings);
  }
  const std::string timer = usb_serial + "/" + name + "/latency_timer";
  if (read_timer(timer) > kShortestHolding) std::ofstream(timer) << kShortestHolding;
  const int held = read_timer(timer);
  return milliseconds{held > kShortestHolding ? held : 0};
}

std::string describe_holding(const std::string& device, milliseconds held) {
  return fmt::format(
      "serial port {}: the adapter holds received bytes for {} ms, and this user may not change that: a udev "
      R"(rule makes reads 2–3 times faster: ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio", )"
      R"(ATTR{{latency_timer}}="1")",
      device, held.count());
}

Result<void> turn_on_rs485(const PortControl& control, const std::string& device) {
  serial_rs485 mode{};
  int error = control(TIOCGRS485, &mode);
  if (error == 0) {
    mode.flags |= SER_RS485_ENABLED;
    if ((mode.flags & (SER_RS485_RTS_ON_SEND | SER_RS485_RTS_AFTER_SEND)) == 0) {
      mode.flags |= SER_RS485_RTS_ON_SEND;
    }
    error = control(TIOCSRS485, &mode);
  }
  // A driver may take the mode and leave out what it cannot do.
  if (error == 0) error = control(TIOCGRS485, &mode);
  if (error == 0 && (mode.flags & SER_RS485_ENABLED) == 0) error = ENOTTY;
  if (error == 0) return {};
  return Error{
      fmt::format("serial port {}: its driver has no RS-485 mode ({}): remove `rs485: kernel`; adapters that "
                  "switch direction by themselves do not need it",
                  device, std::strerror(error))};
}

}  // namespace submeter::io
