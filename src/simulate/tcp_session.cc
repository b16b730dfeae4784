// SPDX-License-Identifier: Apache-2.0
#include "simulate/tcp_session.h"

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
      answers_(loop, [out = std::move(output)](const Answer& answer) { out(answer.adu); }) {}

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

void TcpSession::reset() {
  received_.clear();
  answers_.clear();
}

}  // namespace submeter::simulate
