// SPDX-License-Identifier: Apache-2.0
#include "simulate/pseudo_terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace submeter::simulate {
namespace {

namespace fs = std::filesystem;

struct Speed {
  speed_t code;
  int baud;
};
constexpr Speed kSpeeds[] = {{B1200, 1'200},   {B2400, 2'400},   {B4800, 4'800},   {B9600, 9'600},
                             {B19200, 19'200}, {B38400, 38'400}, {B57600, 57'600}, {B115200, 115'200}};

bool is_pty_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored) && fs::read_symlink(path, ignored).string().starts_with("/dev/pts/");
}

Error system_error(const std::string& what) {
  return {fmt::format("{}: {}", what, std::strerror(errno))};
}

Result<void> put_link(const std::string& target, const fs::path& link) {
  std::error_code failed;
  if (fs::symlink_status(link, failed).type() != fs::file_type::not_found) {
    if (!is_pty_link(link)) {
      return Error{fmt::format(
          "{} exists and is not a link to a pseudo-terminal; it is left alone: name another `device` for the "
          "simulated bus",
          link.string())};
    }
    fs::remove(link, failed);
  }
  fs::create_symlink(target, link, failed);
  if (failed) return Error{fmt::format("cannot put a link at {}: {}", link.string(), failed.message())};
  return {};
}

void make_raw(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return;
  ::cfmakeraw(&settings);
  ::tcsetattr(fd, TCSANOW, &settings);
}

}  // namespace

Result<PseudoTerminal> PseudoTerminal::open(const fs::path& link) {
  PseudoTerminal terminal;
  terminal.ours_.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 64> name{};
  if (!terminal.ours_.valid() || ::grantpt(terminal.fd()) != 0 || ::unlockpt(terminal.fd()) != 0 ||
      ::ptsname_r(terminal.fd(), name.data(), name.size()) != 0) {
    return system_error("cannot make a pseudo-terminal");
  }
  terminal.name_ = name.data();
  terminal.theirs_.reset(::open(name.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!terminal.theirs_.valid()) return system_error("cannot open " + terminal.name_);
  make_raw(terminal.theirs_.get());
  if (auto put = put_link(terminal.name_, link); !put) return put.error();
  terminal.link_ = link;
  return terminal;
}

PseudoTerminal::~PseudoTerminal() {
  if (!ours_.valid() || link_.empty()) return;
  std::error_code ignored;
  if (fs::read_symlink(link_, ignored) == name_) fs::remove(link_, ignored);
}

int PseudoTerminal::baud() const {
  termios settings{};
  if (::tcgetattr(theirs_.get(), &settings) != 0) return 0;
  const speed_t code = ::cfgetospeed(&settings);
  for (const Speed& speed : kSpeeds) {
    if (speed.code == code) return speed.baud;
  }
  return 0;
}

Parity PseudoTerminal::parity() const {
  termios settings{};
  if (::tcgetattr(theirs_.get(), &settings) != 0 || (settings.c_iflag & INPCK) == 0) return Parity::kNone;
  return (settings.c_cflag & PARODD) != 0 ? Parity::kOdd : Parity::kEven;
}

void PseudoTerminal::allow_next_user() {
  ::ioctl(theirs_.get(), TIOCNXCL);
}

}  // namespace submeter::simulate
