// SPDX-License-Identifier: Apache-2.0
#include "io/serial_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <modbus/modbus.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "io/port_holder.h"
#include "io/port_settings.h"

namespace submeter::io {
namespace {

using ModbusContext = std::unique_ptr<modbus_t, decltype(&modbus_free)>;

Error cannot_open(const std::string& device, int error) {
  const char* advice = "";
  switch (error) {
    case EACCES:
    case EPERM:
      advice =
          ": the user needs the group that owns the port (`sudo usermod -aG dialout $USER` and a new login; "
          "for the service `usermod -aG dialout submeter` and a restart), or the port a udev rule with "
          "GROUP=\"dialout\"; right after it was plugged in, udev may still be at it";
      break;
    case ENOENT:
    case ENXIO:
    case ENODEV:
      advice = ": is the adapter plugged in?";
      break;
    case EIO:
      advice = ": the port does not work; plug the adapter in again, look at dmesg";
      break;
    default:
      break;
  }
  return {fmt::format("cannot open serial port {}: {}{}", device, std::strerror(error), advice)};
}

Error held(const std::string& device, const std::string& canonical) {
  const auto holder = find_holder(canonical);
  return {fmt::format("serial port {} is held by {}", device,
                      holder ? describe_process(*holder) : "another process (`fuser -v` names it)")};
}

std::string canonical_path(const std::string& device) {
  std::array<char, PATH_MAX> resolved{};
  return ::realpath(device.c_str(), resolved.data()) != nullptr ? std::string(resolved.data())
                                                                : std::string();
}

/// Pseudo-terminals stand in for a line in tests and simulations: whoever made one keeps it open by right,
/// and TIOCEXCL would outlive us on it.
bool is_pseudo_terminal(int fd) {
  constexpr unsigned kFirstMajor = 136;  // Unix98 pty slaves, Documentation/admin-guide/devices.txt
  constexpr unsigned kLastMajor = 143;
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  const unsigned number = major(status.st_rdev);
  return number >= kFirstMajor && number <= kLastMajor;
}

/// libmodbus takes 9600 for every speed it does not know, and says nothing.
bool is_line_speed(int baud) {
  constexpr std::array kSpeeds{300,   600,    1200,   2400,   4800,   9600,   19200,  38400,
                               57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000};
  return std::find(kSpeeds.begin(), kSpeeds.end(), baud) != kSpeeds.end();
}

Result<core::UniqueFd> lock_port(const SerialLine& line, const std::string& canonical) {
  core::UniqueFd fd(::open(canonical.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return errno == EBUSY ? held(line.device, canonical) : cannot_open(line.device, errno);
  if (::isatty(fd.get()) == 0) return Error{fmt::format("{} is not a serial port", line.device)};
  const bool locked = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
  const bool used_without_lock = !is_pseudo_terminal(fd.get()) && find_holder(canonical).has_value();
  if (!locked || used_without_lock) return held(line.device, canonical);
  return fd;
}

/// libmodbus opens the line and sets it up; the descriptor is then ours alone.
/// A pseudo-terminal knows no parity and refuses to be asked for it again.
Result<core::UniqueFd> set_up_line(const SerialLine& line, const std::string& canonical, bool knows_parity) {
  const char parity = static_cast<char>(knows_parity ? line.parity : Parity::kNone);
  const ModbusContext context(modbus_new_rtu(canonical.c_str(), line.baud, parity, 8, line.stop_bits),
                              modbus_free);
  if (!context || !is_line_speed(line.baud)) {
    return Error{fmt::format("{} cannot be set to {} baud", line.device, line.baud)};
  }
  if (modbus_connect(context.get()) != 0) return cannot_open(line.device, errno);
  core::UniqueFd fd(modbus_get_socket(context.get()));
  modbus_set_socket(context.get(), -1);
  return fd;
}

/// A pseudo-terminal carries no parity, but these two flags, so that its far end sees which one was asked
/// for.
void show_parity(Parity parity, termios& settings) {
  settings.c_iflag &= ~static_cast<tcflag_t>(INPCK);
  settings.c_cflag &= ~static_cast<tcflag_t>(PARODD);
  if (parity != Parity::kNone) settings.c_iflag |= INPCK;
  if (parity == Parity::kOdd) settings.c_cflag |= PARODD;
}

void settle_line(int fd, Parity parity) {
  const bool simulated = is_pseudo_terminal(fd);
  if (!simulated) ::ioctl(fd, TIOCEXCL);
  termios settings{};
  if (::tcgetattr(fd, &settings) == 0) {
    if (simulated) show_parity(parity, settings);
    settings.c_cc[VMIN] = 1;  // then reading nothing means hang-up, not an empty line
    ::tcsetattr(fd, TCSANOW, &settings);
  }
  ::tcflush(fd, TCIOFLUSH);
}

}  // namespace

Result<OpenedLine> open_serial_line(const SerialLine& line, const std::string& lock_directory) {
  const std::string canonical = canonical_path(line.device);
  if (canonical.empty()) return cannot_open(line.device, errno);
  auto lock_file = LockFile::take(lock_directory, canonical);
  if (!lock_file) return lock_file.error();
  auto lock = lock_port(line, canonical);
  if (!lock) return lock.error();
  auto fd = set_up_line(line, canonical, !is_pseudo_terminal(lock->get()));
  if (!fd) return fd.error();
  const PortControl control = control_of(fd->get());
  if (line.rs485 == Rs485::kKernel) {
    if (auto switched = turn_on_rs485(control, line.device); !switched) return switched.error();
  }
  settle_line(fd->get(), line.parity);
  const std::string name = canonical.substr(canonical.find_last_of('/') + 1);
  return OpenedLine{std::move(*lock_file), std::move(*lock), std::move(*fd),
                    ask_for_low_latency(control, name)};
}

}  // namespace submeter::io
