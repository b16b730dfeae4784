// SPDX-License-Identifier: Apache-2.0
#include "simulate/tcp_session.h"

#include <algorithm>
#include <utility>

namespace submeter::simulate {
namespace {

constexpr std::size_t kLengthEnd = 6;
constexpr std::size_t kShortestLength = 2;  // unit and function
constexpr std::size_t kLongestLength = 254;

std::size_t big_endian(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return static_cast<std::size_t>(bytes[at] << 8U | bytes[at + 1]);
}

}  // namespace

TcpSession::TcpSession(Loop& loop, Responder& responder, Output output)
    : loop_(loop),
      responder_(responder),
      output_(std::move(output)),
      answers_(loop, [this](const Answer& answer) { deliver(answer); }) {}

bool TcpSession::receive(std::span<const std::uint8_t> bytes) {
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  while (received_.size() >= kLengthEnd) {
    const std::size_t length = big_endian(received_, 4);
    if (big_endian(received_, 2) != 0 || length < kShortestLength || length > kLongestLength) return false;
    const std::size_t size = kLengthEnd + length;
    if (received_.size() < size) break;
    on_request(std::span(received_).first(size));
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return true;
}

void TcpSession::on_request(std::span<const std::uint8_t> request) {
  for (Answer& answer : responder_.answers(request, loop_.now())) {
    const MonoTime due = loop_.now() + answer.turnaround;
    answers_.add(std::move(answer), due);
  }
}

void TcpSession::deliver(const Answer& answer) {
  if (held_.size() < AnswerQueue::kMostWaiting) held_.push_back(answer);
  const auto may_go = [this](const Answer& one) {
    return !mute_ && (!paused_ || (one.is_rest && one.unit == *paused_));
  };
  for (auto next = std::ranges::find_if(held_, may_go); next != held_.end();
       next = std::ranges::find_if(held_, may_go)) {
    const Answer going = std::move(*next);
    held_.erase(next);
    send(going);
  }
}

void TcpSession::send(const Answer& answer) {
  paused_.reset();
  if (answer.end == End::kPaused) paused_ = answer.unit;
  mute_ = answer.end == End::kBrokenOff;
  output_(answer.adu);
}

void TcpSession::reset() {
  received_.clear();
  paused_.reset();
  mute_ = false;
  held_.clear();
  answers_.clear();
}

}  // namespace submeter::simulate
