// SPDX-License-Identifier: Apache-2.0
#include "rtu_line.h"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "registers.h"

namespace submeter::bench {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kRequestSize = 8;

/// Modbus serial line specification V1.02, 6.2.2.
std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  unsigned crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xA001U : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

void append_crc(std::vector<std::uint8_t>& frame) {
  const std::uint16_t crc = crc16(frame);
  frame.push_back(low(crc));
  frame.push_back(high(crc));
}

bool crc_holds(std::span<const std::uint8_t> frame) {
  return crc16(frame) == 0;
}

float microseconds_of(Clock::duration duration) {
  return std::chrono::duration<float, std::micro>(duration).count();
}

}  // namespace

RtuLine::RtuLine(const std::string& link, const LineOptions& options)
    : options_(options),
      character_(Clock::duration(std::chrono::seconds(1)) * options.bits / options.baud),
      silence_(options.baud > 19200 ? Clock::duration(microseconds(1750)) : character_ * 7 / 2),
      random_(options.seed) {
  std::array<char, 64> name{};
  termios raw{};
  ::cfmakeraw(&raw);
  if (::openpty(&fd_, &other_end_, name.data(), &raw, nullptr) != 0) {
    throw std::runtime_error("no pseudo-terminal left");
  }
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  ::unlink(link.c_str());
  if (::symlink(name.data(), link.c_str()) != 0) throw std::runtime_error("cannot make " + link);
}

void RtuLine::run(Clock::time_point now) {
  receive();
  for (Transmission& transmission : outgoing_) deliver(transmission, now);
  std::erase_if(outgoing_, [](const Transmission& sent) { return sent.delivered == sent.bytes.size(); });
}

void RtuLine::receive() {
  std::array<std::uint8_t, 256> buffer{};
  const auto size = ::read(fd_, buffer.data(), buffer.size());
  if (size <= 0) return;
  const Clock::time_point now =
      Clock::now();  // behind the read: a request is never said to be earlier than it was
  if (incoming_.empty()) request_begin_ = now;
  incoming_.insert(incoming_.end(), buffer.begin(), buffer.begin() + size);
  if (incoming_.size() < kRequestSize) return;
  on_request(now);
  incoming_.clear();
}

void RtuLine::on_request(Clock::time_point now) {
  note_gap(request_begin_);
  const auto request_end = std::max(now, request_begin_ + character_ * static_cast<int>(incoming_.size()));
  last_activity_ = request_end;
  if (incoming_.size() != kRequestSize || !crc_holds(incoming_)) {
    ++record_.broken;
    return;
  }
  ++record_.requests;
  ++record_.by_unit[incoming_[0]];
  if (!options_.silent.contains(incoming_[0])) answer(request_end);
}

void RtuLine::note_gap(Clock::time_point begin) {
  if (last_request_ != Clock::time_point{}) {
    record_.periods_us.push_back(microseconds_of(begin - last_request_));
    record_.gaps_us.push_back(microseconds_of(begin - last_activity_));
    if (begin - last_activity_ < silence_) ++record_.violations;
    if (!outgoing_.empty()) ++record_.collisions;
  }
  last_request_ = begin;
}

RtuLine::Bytes RtuLine::framed(unsigned unit, unsigned function, unsigned address, unsigned count) const {
  Bytes frame = answer_of(unit, function, address, count);
  append_crc(frame);
  return frame;
}

void RtuLine::answer(Clock::time_point request_end) {
  Bytes bytes = framed(incoming_[0], incoming_[1], word_at(incoming_, 2), word_at(incoming_, 4));
  Clock::time_point begin = request_end + options_.turnaround;
  if (options_.faults > 0) spoil(bytes, begin);
  transmit(begin, std::move(bytes));
}

/// At most one fault an answer, each kind as often as the others.
void RtuLine::spoil(Bytes& answer, Clock::time_point& begin) {
  const auto end_of = [&] { return begin + character_ * static_cast<int>(answer.size()); };
  const double drawn = chance() / options_.faults;
  if (drawn < 1) {
    ++record_.faults["late"];
    const auto by = std::chrono::duration<double>(options_.timeout) * (1.02 + 0.5 * chance());
    begin += std::chrono::duration_cast<Clock::duration>(by);
  } else if (drawn < 2) {
    ++record_.faults["doubled"];
    transmit(end_of() + silence_ + options_.turnaround, answer);
  } else if (drawn < 3) {
    ++record_.faults["truncated"];
    answer.resize(1 + below(answer.size() - 1));
  } else if (drawn < 4) {
    ++record_.faults["noisy"];
    answer[below(answer.size())] ^= static_cast<std::uint8_t>(1U << below(8));
  } else if (drawn < 5) {
    ++record_.faults["foreign"];
    Bytes foreign =
        framed(incoming_[0] % 247U + 1, incoming_[1], word_at(incoming_, 2), word_at(incoming_, 4));
    std::swap(foreign, answer);
    if (chance() < 0.5) transmit(end_of() + silence_, std::move(foreign));
  }
}

void RtuLine::transmit(Clock::time_point begin, Bytes bytes) {
  outgoing_.push_back({begin, std::move(bytes)});
}

/// When the next block of characters has come in whole.
Clock::time_point RtuLine::due(const Transmission& transmission) const {
  const std::size_t block = std::min(transmission.delivered + options_.block, transmission.bytes.size());
  return transmission.begin + character_ * static_cast<int>(block);
}

void RtuLine::deliver(Transmission& transmission, Clock::time_point now) {
  const std::size_t before = transmission.delivered;
  while (transmission.delivered < transmission.bytes.size() && due(transmission) <= now) {
    transmission.delivered = std::min(transmission.delivered + options_.block, transmission.bytes.size());
  }
  if (transmission.delivered == before) return;
  const auto count = static_cast<ssize_t>(transmission.delivered - before);
  // Before the write, not behind it: who waits for it may run before this process does again.
  last_activity_ = Clock::now();
  if (::write(fd_, transmission.bytes.data() + before, static_cast<std::size_t>(count)) != count) {
    throw std::runtime_error("nobody reads the line");
  }
  if (transmission.delivered == transmission.bytes.size()) {
    record_.late_us.push_back(microseconds_of(last_activity_ - due(transmission)));
  }
}

Clock::time_point RtuLine::next_delivery() const {
  auto next = Clock::time_point::max();
  for (const Transmission& transmission : outgoing_) next = std::min(next, due(transmission));
  return next;
}

}  // namespace submeter::bench
