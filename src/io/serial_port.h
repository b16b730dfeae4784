// SPDX-License-Identifier: Apache-2.0
// A serial port taken exclusively: lock file, flock and TIOCEXCL, the holder named when another process has
// it. libmodbus opens and sets up the line. Loop thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "io/fd_stream.h"
#include "io/serial_line.h"
#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::io {

class SerialPort final : public ByteStream, private FdStream::Owner {
 public:
  SerialPort(Loop& loop, SerialLine line, std::string lock_directory = "/run/lock");
  ~SerialPort() override;

  void set_listener(Listener& listener) override { listener_ = &listener; }
  /// Ends in the loop's next turn, which it may hold up for the time of an open(2).
  void open() override;
  void close() override;
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t discard_input() override;
  void hold_input_until(MonoTime when) override;
  /// "/dev/ttyUSB0 9600 8E1"
  std::string describe() const override;

 private:
  struct Port {
    Port(Loop& loop, OpenedLine opened, FdStream::Owner& owner);
    ~Port();
    LockFile lock_file;
    core::UniqueFd lock;
    FdStream stream;
  };

  void open_now();
  void on_fd_bytes(std::span<const std::uint8_t> bytes) override { listener_->on_bytes(bytes); }
  void on_fd_broken(int error) override;

  Loop& loop_;
  SerialLine line_;
  std::string lock_directory_;
  Listener* listener_ = nullptr;
  std::optional<Port> port_;
  std::chrono::milliseconds told_held_{};  // what the log was told of OpenedLine::held
  Timer opening_;
};

}  // namespace submeter::io
