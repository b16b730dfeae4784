// SPDX-License-Identifier: Apache-2.0
#include "modbus/rtu_master.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "modbus/answer.h"
#include "submeter/check.h"

namespace submeter::modbus {

RtuTiming::RtuTiming(const SerialLine& line) : character(line.character_time()), silence(line.silence()) {}

RtuMaster::RtuMaster(Loop& loop, ByteStream& stream, Random& random, const SerialLine& line,
                     Duration response_timeout)
    : loop_(loop),
      timing_(line),
      response_timeout_(response_timeout),
      quarantine_(response_timeout),
      timeouts_(response_timeout),
      timer_(loop, [this] { on_timer(); }),
      over_network_(line.device.empty()),
      pause_(over_network_ ? std::max(response_timeout, Duration{kPauseInAnswer}) : Duration{kPauseInAnswer}),
      connection_(loop, stream, random, counters_, *this) {
  if (over_network_) connection_.renew_after(Connection::kRenewAfter);
}

void RtuMaster::read(const ReadRequest& request, Done done) {
  SUBMETER_CHECK(ready());
  SUBMETER_CHECK(request.count >= 1 && request.count <= kMaxRegisters);
  ++counters_.requests;
  request_ = request;
  done_ = std::move(done);
  const MonoTime free_at = std::max(loop_.now(), quarantine_.unit_free_at(request.unit));
  quiet_limit_ = free_at + response_timeout_;
  if (free_at == loop_.now()) {
    transmit();
  } else {
    hold_until(free_at);
  }
}

void RtuMaster::hold_until(MonoTime when) {
  state_ = State::kHeld;
  timer_.start_at(when);
}

void RtuMaster::transmit() {
  const bool somebody_speaks = connection_.discard_input() > 0;
  if (somebody_speaks && loop_.now() < quiet_limit_) {
    counters_.count(LineFault::kNoise, request_.unit);
    hold_until(std::min(loop_.now() + timing_.silence, quiet_limit_));
    return;
  }
  count_noise();
  assembler_.expect(request_);
  const auto frame = encode_rtu(request_);
  connection_.send(frame);
  sent_ = loop_.now() + timing_.character * static_cast<int>(frame.size());
  quarantine_.asked(request_.unit, sent_);
  began_.reset();
  waiting_for_ = over_network_ ? response_timeout_ : timeouts_.of(request_.unit);
  state_ = State::kWaiting;
  timer_.start_at(sent_ + waiting_for_);
}

void RtuMaster::on_line_up() {
  assembler_.reset();
  quarantine_.forget_slowness();
  timeouts_.forget_speeds();
  become_quiet(loop_.now() + timing_.silence);
}

void RtuMaster::on_line_down(const std::string& reason) {
  timer_.cancel();
  const bool refused = state_ == State::kHeld || state_ == State::kWaiting;
  if (state_ != State::kWaiting) sent_ = loop_.now();
  state_ = State::kDown;
  if (refused) finish(failed_answer(Outcome::kBusDown, reason));
}

void RtuMaster::on_line_bytes(std::span<const std::uint8_t> bytes) {
  heard_ = loop_.real_now();
  assembler_.feed(bytes);
  Frame frame;
  for (auto assembly = assembler_.next(frame); assembly != Assembly::kNeedMore;
       assembly = assembler_.next(frame)) {
    on_assembled(assembly, frame);
  }
  if (state_ == State::kWaiting) {
    await_rest();
  } else {
    stay_quiet();
  }
}

void RtuMaster::on_assembled(Assembly assembly, const Frame& frame) {
  const bool waiting = state_ == State::kWaiting;
  if (assembly == Assembly::kEcho) {
    counters_.count(LineFault::kEcho, request_.unit);
    began_.reset();
  } else if (assembly == Assembly::kBadCrc) {
    counters_.count(LineFault::kCrc, request_.unit);
    if (waiting) on_damaged();
  } else if (waiting && frame.unit == request_.unit) {
    on_answer(frame);
  } else {
    on_unexpected(frame.unit);
  }
}

void RtuMaster::on_unexpected(UnitId unit) {
  const Duration latency = heard_ - quarantine_.asked_at(unit);
  if (quarantine_.late(unit, heard_)) {
    counters_.count(LineFault::kLate, unit);
    timeouts_.late(unit, latency);
  } else {
    counters_.count(quarantine_.ever_asked(unit) ? LineFault::kDuplicate : LineFault::kForeign, unit);
  }
}

void RtuMaster::on_answer(const Frame& frame) {
  connection_.on_understood();
  begin_answer();
  const Duration latency = *began_ - sent_;
  if (!timeouts_.plausible(request_.unit, latency)) {
    counters_.count(LineFault::kDuplicate, request_.unit);
    began_.reset();
    return;
  }
  ReadAnswer answer = judge_answer(request_, frame.pdu, counters_);
  answered_in_full_.set(request_.unit.value, answer.outcome == Outcome::kRegisters);
  if (answer.outcome == Outcome::kBadAnswer) {
    quarantine_.damaged(request_.unit);
  } else {
    quarantine_.answered(request_.unit, loop_.now());
    timeouts_.answered(request_.unit, latency);
  }
  become_quiet(heard_ + timing_.silence);
  finish(std::move(answer));
}

void RtuMaster::on_damaged() {
  quarantine_.damaged(request_.unit);
  become_quiet(heard_ + timing_.silence);
  finish(failed_answer(
      Outcome::kBadAnswer,
      fmt::format("the answer of unit {} is damaged (CRC): check cable, termination and bias, and "
                  "that no two meters have this address",
                  request_.unit.value)));
}

void RtuMaster::await_rest() {
  if (assembler_.missing() == 0) return;
  const bool first = !began_;
  begin_answer();
  const std::size_t come = assembler_.pending();
  const std::size_t whole = rtu_answer_size(request_);
  // Before its length stands in it: a unit that has just answered in full most likely does so again.
  const bool guess = first && come < whole && answered_in_full_.test(request_.unit.value);
  const std::size_t missing = guess ? std::max(assembler_.missing(), whole - come) : assembler_.missing();
  // The last character wakes at once: a timer for it might come a moment early, and cost another character.
  if (missing < 2) return;
  const MonoTime all_but_one = heard_ + timing_.character * static_cast<int>(missing - 1);
  connection_.hold_input_until(std::min(all_but_one, timer_.deadline()));
}

void RtuMaster::begin_answer() {
  if (began_) return;
  began_ = loop_.now();
  const auto size = static_cast<int>(rtu_answer_size(request_));
  timer_.start_at(std::max(timer_.deadline(), *began_ + timing_.character * size + pause_));
}

void RtuMaster::on_timer() {
  switch (state_) {
    case State::kQuiet:
      become_ready();
      break;
    case State::kHeld:
      transmit();
      break;
    case State::kWaiting:
      on_timeout();
      break;
    case State::kDown:
    case State::kReady:
      SUBMETER_CHECK(!"no timer runs in this state");
  }
}

void RtuMaster::on_timeout() {
  const bool broke_off = assembler_.missing() > 0;
  if (broke_off) {
    counters_.count(LineFault::kTruncated, request_.unit);
  } else {
    timeouts_.timed_out(request_.unit);
  }
  quarantine_.timed_out(request_.unit);
  ReadAnswer answer = failed_answer(broke_off ? Outcome::kBadAnswer : Outcome::kTimeout, describe_timeout());
  become_quiet(std::max(loop_.now(), quarantine_.line_free_at(request_.unit)) + timing_.silence);
  finish(std::move(answer));
  connection_.on_unanswered();
}

std::string RtuMaster::describe_timeout() const {
  if (assembler_.missing() > 0) {
    return fmt::format(
        "the answer of unit {} broke off, {} bytes or more are missing: check cable and termination",
        request_.unit.value, assembler_.missing());
  }
  const bool known_to_be_late =
      waiting_for_ == response_timeout_ && counters_.ever(LineFault::kLate, request_.unit);
  std::string reason = no_response(request_.unit, waiting_for_, known_to_be_late);
  if (assembler_.pending() > 0) {
    reason += fmt::format(", only {} bytes that are no answer: check baud rate, parity and stop bits",
                          assembler_.pending());
  }
  return reason;
}

void RtuMaster::become_quiet(MonoTime until) {
  state_ = State::kQuiet;
  quiet_limit_ = until + response_timeout_;
  timer_.start_at(until);
}

void RtuMaster::become_ready() {
  state_ = State::kReady;
  if (ready_listener_) ready_listener_();
}

void RtuMaster::stay_quiet() {
  const MonoTime silent_at = heard_ + timing_.silence;
  if (state_ == State::kReady) {
    become_quiet(silent_at);
    return;
  }
  timer_.start_at(std::min(std::max(timer_.deadline(), silent_at), quiet_limit_));
}

void RtuMaster::count_noise() {
  if (assembler_.take_noise() + assembler_.pending() > 0) counters_.count(LineFault::kNoise, request_.unit);
}

void RtuMaster::finish(ReadAnswer answer) {
  counters_.count(answer.outcome);
  // A meter that answers faster than its line's speed allows (a pseudo-terminal) was still asked before.
  answer.received = loop_.real_now();
  answer.sent = std::min(sent_, answer.received);
  const Done done = std::exchange(done_, nullptr);
  done(answer);
}

}  // namespace submeter::modbus
