// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "modbus/master.h"
#include "submeter/options.h"

namespace submeter::tool {

/// Where a command gets registers from: a line it opens itself, or the daemon that has the line open. Blocks.
class RegisterSource {
 public:
  virtual ~RegisterSource() = default;
  virtual modbus::ReadAnswer read(const modbus::ReadRequest& request) = 0;
  /// "/dev/ttyUSB0 9600 8E1", "/dev/ttyUSB0 9600 8E1 through the daemon"
  virtual std::string describe() const = 0;
};

/// Reads through the daemon on `socket` if it runs and polls the bus called `bus`, or any bus on the same
/// serial device; else opens the line.
std::unique_ptr<RegisterSource> find_register_source(const std::string& socket, const std::string& bus,
                                                     const BusOptions& options);

}  // namespace submeter::tool
