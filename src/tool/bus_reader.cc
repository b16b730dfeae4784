// SPDX-License-Identifier: Apache-2.0
#include "tool/bus_reader.h"

#include <chrono>
#include <utility>

namespace submeter::tool {
namespace {

// Above what a TCP connection and a learnt quiet time may take; a line that is not ready by then is reported.
constexpr std::chrono::seconds kReadyLimit{8};

}  // namespace

BusReader::BusReader(core::EpollLoop& loop, const BusOptions& options)
    : retries_(options.retries), loop_(loop), line_(modbus::make_bus_line(loop_, random_, options)) {
  line_.master->on_line_state([this](bool up, const std::string& detail) {
    line_detail_ = detail.substr(0, detail.rfind("; next try"));  // nobody tries again here
    if (!up) loop_.stop();
  });
  line_.master->on_ready([this] { loop_.stop(); });
  line_.master->start();
}

modbus::ReadAnswer BusReader::read(const modbus::ReadRequest& request) {
  modbus::ReadAnswer answer;
  for (int attempt = 0; attempt <= retries_; ++attempt) {
    answer = read_once(request);
    const bool again =
        answer.outcome == modbus::Outcome::kTimeout || answer.outcome == modbus::Outcome::kBadAnswer;
    if (!again) break;
  }
  return answer;
}

bool BusReader::wait_until_ready() {
  if (line_.master->ready()) return true;
  Timer limit(loop_, [this] { loop_.stop(); });
  limit.start_after(kReadyLimit);
  loop_.run();
  return line_.master->ready();
}

modbus::ReadAnswer BusReader::read_once(const modbus::ReadRequest& request) {
  modbus::ReadAnswer answer;
  if (!wait_until_ready()) {
    answer.reason = line_detail_;
    return answer;
  }
  bool done = false;
  line_.master->read(request, [this, &answer, &done](const modbus::ReadAnswer& received) {
    answer = received;
    done = true;
    loop_.stop();
  });
  while (!done) loop_.run();
  return answer;
}

}  // namespace submeter::tool
