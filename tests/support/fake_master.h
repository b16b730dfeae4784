// SPDX-License-Identifier: Apache-2.0
// A bus in virtual time for the tests of poll: every request is noted and answered as the script says.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "modbus/master.h"
#include "submeter/check.h"
#include "submeter/loop.h"

namespace submeter::test {

/// What the scripted meters say to one request, and how long they take.
struct FakeReply {
  modbus::Outcome outcome = modbus::Outcome::kRegisters;
  std::uint8_t exception_code = 0;
  std::vector<std::uint16_t> registers;
  Duration delay = std::chrono::milliseconds(20);
};

/// As many registers as were asked for, each holding its own address.
inline FakeReply addresses_as_values(const modbus::ReadRequest& request) {
  FakeReply reply;
  for (std::uint16_t i = 0; i < request.count; ++i) {
    reply.registers.push_back(static_cast<std::uint16_t>(request.address.value + i));
  }
  return reply;
}

inline FakeReply silence(Duration response_timeout = std::chrono::milliseconds(500)) {
  return {modbus::Outcome::kTimeout, 0, {}, response_timeout};
}

inline FakeReply refusal(std::uint8_t exception_code) {
  return {modbus::Outcome::kException, exception_code, {}, std::chrono::milliseconds(20)};
}

/// Keeps the promises of modbus::Master: one answer for every request, from the loop, never out of read().
class FakeMaster final : public modbus::Master {
 public:
  using Script = std::function<FakeReply(const modbus::ReadRequest&)>;
  struct Asked {
    modbus::ReadRequest request;
    MonoTime at{};
  };

  explicit FakeMaster(Loop& loop, std::size_t max_in_flight = 1)
      : loop_(loop),
        max_in_flight_(max_in_flight),
        opening_(loop, [this] { raise_line(); }),
        silence_(loop, [this] { tell_ready(); }) {}

  /// Replaces what the meters say from the next request on.
  void answer_with(Script script) { script_ = std::move(script); }
  /// Every request so far, in order.
  const std::vector<Asked>& asked() const { return asked_; }
  void forget_asked() { asked_.clear(); }
  std::size_t in_flight() const { return in_flight_.size(); }

  /// The line falls: whoever waits gets kBusDown. Call it from a task or timer of the loop, or between its
  /// runs.
  void drop_line(const std::string& reason = "unplugged") {
    up_ = false;
    opening_.cancel();
    auto refused = std::exchange(in_flight_, {});
    for (auto& pending : refused) finish(pending, {modbus::Outcome::kBusDown, 0, {}, {}});
    if (line_listener_) line_listener_(false, reason);
  }
  void raise_line() {
    up_ = true;
    ++counters_.connects;
    if (line_listener_) line_listener_(true, "fake line");
    if (ready_listener_) ready_listener_();
  }

  void start() override { opening_.start_after(Duration::zero()); }
  bool ready() const override { return up_ && !silence_.armed() && in_flight_.size() < max_in_flight_; }
  /// From now on nothing can be asked for so long after each answer, as on a serial line.
  void keep_silence(Duration silence) { silence_after_answer_ = silence; }
  void on_ready(std::function<void()> listener) override { ready_listener_ = std::move(listener); }
  void on_line_state(std::function<void(bool, const std::string&)> listener) override {
    line_listener_ = std::move(listener);
  }
  void read(const modbus::ReadRequest& request, Done done) override {
    SUBMETER_CHECK(ready());
    asked_.push_back({request, loop_.now()});
    ++counters_.requests;
    in_flight_.emplace_back(loop_, request, std::move(done));
    const auto self = std::prev(in_flight_.end());
    const FakeReply reply = script_(request);
    self->answer = [this, self, reply] {
      std::list<Pending> answered;
      answered.splice(answered.end(), in_flight_, self);
      finish(*self, reply);
      if (silence_after_answer_ > Duration::zero()) silence_.start_after(silence_after_answer_);
      tell_ready();
    };
    self->timer.start_after(reply.delay);
  }
  MonoTime askable_at(UnitId unit) const override {
    const auto found = quarantines_.find(unit);
    return found == quarantines_.end() ? MonoTime::min() : found->second;
  }
  /// As if an answer of `unit` could still come until `end`.
  void quarantine(UnitId unit, MonoTime end) { quarantines_[unit] = end; }
  bool line_up() const override { return up_; }
  const modbus::BusCounters& counters() const override { return counters_; }

 private:
  struct Pending {
    Pending(Loop& loop, const modbus::ReadRequest& asked, Done then)
        : request(asked), done(std::move(then)), sent(loop.now()), timer(loop, [this] { answer(); }) {}
    modbus::ReadRequest request;
    Done done;
    MonoTime sent;
    std::function<void()> answer;
    Timer timer;
  };

  void tell_ready() {
    if (ready() && ready_listener_) ready_listener_();
  }

  void finish(const Pending& pending, const FakeReply& reply) {
    modbus::ReadAnswer answer;
    answer.outcome = reply.outcome;
    answer.exception_code = reply.exception_code;
    answer.registers = reply.registers;
    if (reply.outcome != modbus::Outcome::kRegisters) answer.reason = "scripted failure";
    answer.sent = pending.sent;
    answer.received = loop_.now();
    pending.done(answer);
  }

  Loop& loop_;
  std::map<UnitId, MonoTime> quarantines_;
  std::size_t max_in_flight_;
  bool up_ = false;
  Script script_ = addresses_as_values;
  std::function<void()> ready_listener_;
  std::function<void(bool, const std::string&)> line_listener_;
  std::list<Pending> in_flight_;
  std::vector<Asked> asked_;
  modbus::BusCounters counters_;
  Duration silence_after_answer_{};
  Timer opening_;
  Timer silence_;
};

}  // namespace submeter::test
