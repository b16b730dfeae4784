// SPDX-License-Identifier: Apache-2.0
// A serial port taken exclusively: lock file, flock and TIOCEXCL, the holder named when another process has it.
// libmodbus opens and sets up the line. Loop thread; open() may block for the time of one open(2).
#pragma once

#include <memory>
#include <string>

#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::io {

class SerialPort final : public ByteStream {
 public:
  SerialPort(Loop& loop, const SerialLine& line);
  ~SerialPort() override;

  void set_listener(Listener& listener) override;
  void open() override;
  void close() override;
  void write(std::span<const std::uint8_t> bytes) override;
  void discard_input() override;
  std::string describe() const override;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::io
