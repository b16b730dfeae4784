// SPDX-License-Identifier: Apache-2.0
#include "modbus/tcp_master.h"

#include <fmt/format.h>

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
      connection_(loop, stream, random, counters_, *this) {
  connection_.renew_after(Connection::kRenewAfter);
  SUBMETER_CHECK(max_in_flight > 0 && max_in_flight < 0x8000);
}

void TcpMaster::read(const ReadRequest& request, Done done) {
  SUBMETER_CHECK(ready());
  SUBMETER_CHECK(request.count >= 1 && request.count <= kMaxRegisters);
  const std::uint16_t transaction = free_transaction();
  const auto on_timeout = [this, transaction] { this->on_timeout(transaction); };
  Pending& pending = in_flight_.try_emplace(transaction, loop_, on_timeout).first->second;
  pending.request = request;
  pending.done = std::move(done);
  pending.sent = loop_.now();
  pending.timeout.start_after(response_timeout_);
  ++counters_.requests;
  connection_.send(encode_mbap(request, transaction));
}

std::uint16_t TcpMaster::free_transaction() {
  do {
    ++last_transaction_;
  } while (in_flight_.contains(last_transaction_));
  return last_transaction_;
}

void TcpMaster::on_line_up() {
  given_up_.clear();
  assembler_.reset();
  if (ready_listener_ && ready()) ready_listener_();
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
  const auto pending = in_flight_.find(frame.transaction);
  if (pending == in_flight_.end()) {
    counters_.count(std::erase(given_up_, frame.transaction) > 0 ? LineFault::kLate : LineFault::kForeign,
                    frame.unit);
    return;
  }
  const ReadRequest& request = pending->second.request;
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

void TcpMaster::on_timeout(std::uint16_t transaction) {
  const auto pending = in_flight_.find(transaction);
  SUBMETER_CHECK(pending != in_flight_.end());
  if (given_up_.size() == kMostGivenUp) given_up_.erase(given_up_.begin());
  given_up_.push_back(transaction);
  const UnitId unit = pending->second.request.unit;
  finish(pending, failed_answer(Outcome::kTimeout, no_response(unit, response_timeout_)));
  connection_.on_unanswered();
}

void TcpMaster::on_line_down(const std::string& reason) {
  const InFlight refused = std::exchange(in_flight_, {});
  for (const auto& [transaction, pending] : refused) {
    deliver(pending, failed_answer(Outcome::kBusDown, reason));
  }
}

void TcpMaster::finish(InFlight::iterator pending, ReadAnswer answer) {
  const auto finished = in_flight_.extract(pending);
  deliver(finished.mapped(), std::move(answer));
  if (ready() && ready_listener_) ready_listener_();
}

void TcpMaster::deliver(const Pending& pending, ReadAnswer answer) {
  counters_.count(answer.outcome);
  answer.sent = pending.sent;
  answer.received = loop_.now();
  pending.done(answer);
}

}  // namespace submeter::modbus
