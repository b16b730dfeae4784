// SPDX-License-Identifier: Apache-2.0
#include "modbus/connection.h"

#include <fmt/format.h>

namespace submeter::modbus {

Connection::Connection(Loop& loop, ByteStream& stream, Random& random, BusCounters& counters, User& user)
    : stream_(stream),
      counters_(counters),
      user_(user),
      backoff_(random, kFirstRetry, kSlowestRetry),
      loop_(loop),
      retry_(loop, [this] { stream_.open(); }) {
  stream_.set_listener(*this);
}

Connection::~Connection() {
  stream_.close();
}

void Connection::start() {
  stream_.open();
}

void Connection::send(std::span<const std::uint8_t> bytes) {
  counters_.bytes_sent += bytes.size();
  if (!asked_) asked_ = loop_.now();
  stream_.write(bytes);
}

void Connection::abandon(const std::string& reason) {
  stream_.close();
  fall(reason);
}

void Connection::on_unanswered() {
  if (!heard_ || !asked_ || loop_.now() - *asked_ < renew_after_) return;
  abandon(fmt::format("{} is connected, but has said nothing for {} s", stream_.describe(),
                      std::chrono::duration_cast<std::chrono::seconds>(renew_after_).count()));
}

void Connection::on_open() {
  up_ = true;
  heard_.reset();
  asked_.reset();
  ++counters_.connects;
  told_reason_.clear();
  if (state_listener_) state_listener_(true, stream_.describe());
  user_.on_line_up();
}

void Connection::on_bytes(std::span<const std::uint8_t> bytes) {
  counters_.bytes_received += bytes.size();
  heard_ = loop_.now();
  asked_.reset();
  user_.on_line_bytes(bytes);
}

void Connection::on_down(const Error& reason) {
  fall(reason.message);
}

void Connection::fall(const std::string& reason) {
  const bool was_up = std::exchange(up_, false);
  const Duration wait = backoff_.next();
  retry_.start_after(wait);
  if (was_up) user_.on_line_down(reason);
  if (state_listener_ && (was_up || reason != told_reason_)) {
    const double seconds = std::chrono::duration<double>(wait).count();
    state_listener_(false, fmt::format("{}; next try in {:.0f} s", reason, seconds));
  }
  told_reason_ = reason;
}

}  // namespace submeter::modbus
