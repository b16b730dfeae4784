// SPDX-License-Identifier: Apache-2.0
#include "simulate/rtu_line.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;

// One byte more than the longest frame: enough to see that a frame is too long.
constexpr std::size_t kLongestRequest = 257;
// Answers that have not left the line yet; what goes beyond is lost.
constexpr std::size_t kMostSending = 4'096;

}  // namespace

RtuLine::RtuLine(Loop& loop, const SerialLine& line, Responder& responder, Output output, Echo echo)
    : loop_(loop),
      responder_(responder),
      output_(std::move(output)),
      echo_(echo),
      character_time_(line.character_time()),
      frame_gap_(line.silence()),
      chunk_(std::max<std::size_t>(1, static_cast<std::size_t>(Duration{1ms} / character_time_))),
      silence_(loop, [this] { on_silence(); }),
      sender_(loop, [this] { send_chunk(); }),
      answers_(loop, [this](const Answer& answer) { send(answer.adu); }) {}

void RtuLine::receive(std::span<const std::uint8_t> bytes) {
  const auto count = static_cast<Duration::rep>(bytes.size());
  request_end_ = std::max(loop_.now(), request_end_) + character_time_ * count;
  const std::size_t room = kLongestRequest - request_.size();
  const auto taken = bytes.first(std::min(bytes.size(), room));
  request_.insert(request_.end(), taken.begin(), taken.end());
  silence_.start_at(request_end_ + frame_gap_);
  if (echo_ == Echo::kYes) send(bytes);
}

void RtuLine::reset() {
  silence_.cancel();
  sender_.cancel();
  answers_.clear();
  request_.clear();
  sending_.clear();
}

void RtuLine::on_silence() {
  const std::vector<std::uint8_t> request = std::exchange(request_, {});
  // A meter that still thinks hears nothing.
  if (answers_.waiting_for(UnitId{request.front()})) return;
  for (Answer& answer : responder_.answers(request, loop_.now())) {
    const MonoTime due = request_end_ + answer.turnaround;
    answers_.add(std::move(answer), due);
  }
}

void RtuLine::send(std::span<const std::uint8_t> bytes) {
  if (sending_.size() + bytes.size() > kMostSending) return;
  if (sending_.empty()) sent_until_ = loop_.now();
  sending_.insert(sending_.end(), bytes.begin(), bytes.end());
  if (!sender_.armed()) plan_next_chunk();
}

void RtuLine::plan_next_chunk() {
  const std::size_t count = std::min(chunk_, sending_.size());
  if (count > 0) sender_.start_at(sent_until_ + character_time_ * static_cast<Duration::rep>(count));
}

void RtuLine::send_chunk() {
  const auto end = sending_.begin() + static_cast<std::ptrdiff_t>(std::min(chunk_, sending_.size()));
  const std::vector<std::uint8_t> chunk(sending_.begin(), end);
  sending_.erase(sending_.begin(), end);
  sent_until_ = sender_.deadline();
  plan_next_chunk();
  output_(chunk);
}

}  // namespace submeter::simulate
