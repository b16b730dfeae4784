// SPDX-License-Identifier: Apache-2.0
#include "modbus/tcp_master.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "modbus/answer.h"
#include "submeter/check.h"

namespace submeter::modbus {

TcpMaster::TcpMaster(Loop& loop, ByteStream& stream, Random& random, std::size_t max_in_flight,
                     Duration response_timeout)
    : loop_(loop),
      max_in_flight_(max_in_flight),
      response_timeout_(response_timeout),
      // A random start: ids of an earlier run do not match this one's.
      last_transaction_(static_cast<std::uint16_t>(random.next())),
      place_free_(loop, [this] { on_place_free(); }),
      connection_(loop, stream, random, counters_, *this) {
  connection_.renew_after(Connection::kRenewAfter);
  SUBMETER_CHECK(max_in_flight > 0 && max_in_flight < 0x8000);
}

void TcpMaster::read(const ReadRequest& request, Done done) {
  SUBMETER_CHECK(ready());
  SUBMETER_CHECK(request.count >= 1 && request.count <= kMaxRegisters);
  if (spare_.empty()) spare_.emplace_back(*this);
  spare_.front().transaction = free_transaction();
  in_flight_.splice(in_flight_.end(), spare_, spare_.begin());
  Pending& pending = in_flight_.back();
  pending.request = request;
  pending.done = std::move(done);
  pending.sent = loop_.now();
  pending.timeout.start_after(response_timeout_);
  ++counters_.requests;
  connection_.send(encode_mbap(request, pending.transaction));
}

TcpMaster::InFlight::iterator TcpMaster::find(std::uint16_t transaction) {
  return std::ranges::find(in_flight_, transaction, &Pending::transaction);
}

std::uint16_t TcpMaster::free_transaction() {
  do {
    ++last_transaction_;
  } while (find(last_transaction_) != in_flight_.end());
  return last_transaction_;
}

void TcpMaster::on_line_up() {
  given_up_.clear();
  place_free_.cancel();
  assembler_.reset();
  tell_ready();
}

void TcpMaster::on_line_bytes(std::span<const std::uint8_t> bytes) {
  assembler_.feed(bytes);
  Frame frame;
  for (auto assembly = assembler_.next(frame); assembly != Assembly::kNeedMore;
       assembly = assembler_.next(frame)) {
    if (assembly == Assembly::kBadProtocol) {
      counters_.faults.add(LineFault::kNotModbus);
      connection_.abandon(
          fmt::format("{} does not speak Modbus TCP: is it a serial gateway in transparent mode?",
                      connection_.describe()));
      return;
    }
    on_frame(frame);
  }
}

void TcpMaster::on_frame(const Frame& frame) {
  const auto pending = find(frame.transaction);
  if (pending == in_flight_.end()) {
    const bool late = forget_given_up(frame.transaction);
    counters_.count(late ? LineFault::kLate : LineFault::kForeign, frame.unit);
    if (late) tell_ready();
    return;
  }
  connection_.on_understood();
  const ReadRequest& request = pending->request;
  if (frame.unit == request.unit) {
    finish(pending, judge_answer(request, frame.pdu, counters_));
    return;
  }
  counters_.count(LineFault::kWrongUnit, request.unit);
  finish(pending,
         failed_answer(Outcome::kBadAnswer,
                       fmt::format("answered as unit {}, asked unit {}: check the gateway's unit mapping",
                                   frame.unit.value, request.unit.value)));
}

void TcpMaster::on_timeout(Pending& pending) {
  if (given_up_.size() == kMostGivenUp) given_up_.erase(given_up_.begin());
  given_up_.push_back({pending.transaction, loop_.now() + response_timeout_});
  if (!place_free_.armed()) place_free_.start_at(given_up_.back().place_free_at);
  const UnitId unit = pending.request.unit;
  const bool known_to_be_late = counters_.ever(LineFault::kLate, unit);
  finish(find(pending.transaction),
         failed_answer(Outcome::kTimeout, no_response(unit, response_timeout_, known_to_be_late)));
  if (broke_off()) {
    counters_.faults.add(LineFault::kTruncated);
    connection_.abandon(fmt::format("{} began an answer and broke off", connection_.describe()));
  } else {
    connection_.on_unanswered();
  }
}

bool TcpMaster::broke_off() const {
  return assembler_.pending() > 0 && connection_.up() && connection_.silent_for() >= kPauseInAnswer;
}

void TcpMaster::on_line_down(const std::string& reason) {
  InFlight refused = std::exchange(in_flight_, {});
  for (Pending& pending : refused) deliver(pending, failed_answer(Outcome::kBusDown, reason));
  spare_.splice(spare_.end(), refused);
}

void TcpMaster::finish(InFlight::iterator pending, ReadAnswer answer) {
  InFlight finished;
  finished.splice(finished.begin(), in_flight_, pending);
  deliver(*pending, std::move(answer));
  spare_.splice(spare_.end(), finished);
  tell_ready();
}

bool TcpMaster::ready() const {
  const auto kept = std::ranges::count_if(
      given_up_, [this](const GivenUp& request) { return request.place_free_at > loop_.now(); });
  return connection_.up() && in_flight_.size() + static_cast<std::size_t>(kept) < max_in_flight_;
}

bool TcpMaster::forget_given_up(std::uint16_t transaction) {
  return std::erase_if(given_up_, [transaction](const GivenUp& request) {
           return request.transaction == transaction;
         }) > 0;
}

void TcpMaster::tell_ready() {
  if (ready() && ready_listener_) ready_listener_();
}

void TcpMaster::on_place_free() {
  const auto next = std::ranges::find_if(
      given_up_, [this](const GivenUp& request) { return request.place_free_at > loop_.now(); });
  if (next != given_up_.end()) place_free_.start_at(next->place_free_at);
  tell_ready();
}

void TcpMaster::deliver(Pending& pending, ReadAnswer answer) {
  pending.timeout.cancel();
  counters_.count(answer.outcome);
  answer.sent = pending.sent;
  answer.received = loop_.now();
  const Done done = std::exchange(pending.done, nullptr);
  done(answer);
}

}  // namespace submeter::modbus
