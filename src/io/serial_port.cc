// SPDX-License-Identifier: Apache-2.0
#include "io/serial_port.h"

#include <fmt/format.h>
#include <termios.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/log.h"
#include "io/port_settings.h"
#include "submeter/check.h"

namespace submeter::io {

SerialPort::Port::Port(Loop& loop, OpenedLine opened, FdStream::Owner& owner)
    : lock_file(std::move(opened.lock_file)),
      lock(std::move(opened.lock)),
      stream(loop, std::move(opened.line), owner) {}

SerialPort::Port::~Port() {
  // Closing a tty waits for output that a stopped line may never take.
  ::tcflush(stream.fd(), TCIOFLUSH);
}

SerialPort::SerialPort(Loop& loop, SerialLine line, std::string lock_directory)
    : loop_(loop),
      line_(std::move(line)),
      lock_directory_(std::move(lock_directory)),
      opening_(loop, [this] { open_now(); }) {}

SerialPort::~SerialPort() = default;

void SerialPort::open() {
  SUBMETER_CHECK(listener_ != nullptr && !port_ && !opening_.armed());
  opening_.start_after(Duration::zero());
}

void SerialPort::open_now() {
  auto opened = open_serial_line(line_, lock_directory_);
  if (!opened) {
    listener_->on_down(opened.error());
    return;
  }
  if (opened->held > told_held_) core::log_warning("{}", describe_holding(line_.device, opened->held));
  told_held_ = opened->held;
  FdStream::Owner& owner = *this;
  port_.emplace(loop_, std::move(*opened), owner);
  listener_->on_open();
}

void SerialPort::close() {
  opening_.cancel();
  port_.reset();
}

void SerialPort::write(std::span<const std::uint8_t> bytes) {
  if (port_) port_->stream.write(bytes);
}

std::size_t SerialPort::discard_input() {
  return port_ ? port_->stream.discard_input() : 0;
}

void SerialPort::hold_input_until(MonoTime when) {
  if (port_) port_->stream.hold_input_until(when);
}

void SerialPort::on_fd_broken(int error) {
  port_.reset();
  if (error == 0 || error == EIO) {
    listener_->on_down({fmt::format("serial port {} has gone: was the adapter unplugged?", line_.device)});
  } else if (error == ENOBUFS) {
    listener_->on_down(
        {fmt::format("serial port {} takes no more bytes: flow control or a broken adapter", line_.device)});
  } else {
    listener_->on_down({fmt::format("serial port {} broke: {}", line_.device, std::strerror(error))});
  }
}

std::string SerialPort::describe() const {
  return fmt::format("{} {} 8{}{}", line_.device, line_.baud, static_cast<char>(line_.parity),
                     line_.stop_bits);
}

}  // namespace submeter::io
