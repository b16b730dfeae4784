// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "modbus/bus_line.h"
#include "submeter/options.h"
#include "tool/register_source.h"

namespace submeter::tool {

/// Reads registers on a bus that this process opens itself; blocks for each request, and runs `loop`
/// meanwhile.
class BusReader final : public RegisterSource {
 public:
  /// `loop` outlives the reader. Whoever stops it ends the wait for a line that does not come up.
  BusReader(core::EpollLoop& loop, const BusOptions& options);

  /// Asks again `options.retries` times when there is no answer or a bad one; gives up at once when the line
  /// cannot be opened.
  modbus::ReadAnswer read(const modbus::ReadRequest& request) override;
  std::string describe() const override { return line_.stream->describe(); }

 private:
  modbus::ReadAnswer read_once(const modbus::ReadRequest& request);
  /// False, with the reason in `line_detail_`, when the line does not come up.
  bool wait_until_ready();

  int retries_;
  core::EpollLoop& loop_;
  core::SystemRandom random_;
  modbus::BusLine line_;
  std::string line_detail_ = "the line was not opened";
};

}  // namespace submeter::tool
