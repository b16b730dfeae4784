// SPDX-License-Identifier: Apache-2.0
#include "poll/meter.h"

#include <algorithm>
#include <utility>

#include "core/log.h"
#include "submeter/check.h"

namespace submeter::poll {
namespace {

using modbus::Outcome;

/// Instants computed from the wall clock differ by what two readings of it differ by.
constexpr Duration kAlignmentTolerance = std::chrono::milliseconds(100);

/// "45 s", "3 min", "2 h".
std::string span_text(Duration span) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(span).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

modbus::ReadRequest first_request(const MeterPlan& plan) {
  for (const CircuitPlan& circuit : plan.circuits) {
    for (const PointPlan& point : circuit.points) return request_for(plan.unit, range_of(point.point));
  }
  return {plan.unit, modbus::Function::kReadInputRegisters, RegisterAddress{}, 1};
}

}  // namespace

Meter::Meter(const BusPlan& bus, const MeterPlan& plan, Random& random)
    : bus_(bus),
      plan_(plan),
      name_(bus.id, plan),
      schedule_(plan),
      refusals_(name_),
      plans_(plan, bus.cost),
      ct_(plan, name_),
      ct_check_(plan, name_),
      backoff_(random, kFirstProbe, kSlowestProbe),
      probe_(first_request(plan)),
      last_bad_(plan.circuits.size()) {
  health_.id = plan.id;
  health_.unit = plan.unit;
}

void Meter::begin(const Clock& clock, MonoTime now) {
  SUBMETER_CHECK(!session_);
  begun_ = now;
  session_.emplace(plan_, plans_, refusals_, bus_.retries, schedule_.take_due(clock, now), now);
}

std::optional<modbus::ReadRequest> Meter::next_request() const {
  if (!session_ || session_->finished()) return std::nullopt;
  return session_->next();
}

void Meter::on_asked() {
  asked_ = true;
  ++health_.requests;
}

void Meter::on_answer(const modbus::ReadAnswer& answer, MonoTime now) {
  asked_ = false;
  count(answer);
  if (answer.outcome == Outcome::kRegisters) probe_ = session_->next();
  session_->on_answer(answer, now);
}

void Meter::count(const modbus::ReadAnswer& answer) {
  switch (answer.outcome) {
    case Outcome::kRegisters:
      ++health_.answers;
      plans_.learn(answer.received - answer.sent, answer.registers.size());
      break;
    case Outcome::kException:
      ++health_.exceptions;
      break;
    case Outcome::kTimeout:
      ++health_.timeouts;
      break;
    case Outcome::kBadAnswer:
      ++health_.bad_answers;
      break;
    case Outcome::kBusDown:
      break;
  }
  const bool timed = answer.outcome == Outcome::kRegisters || answer.outcome == Outcome::kException;
  if (timed) response_times_.add(answer.received - answer.sent);
}

std::vector<Reading> Meter::end(MonoTime now) {
  const MeterSession session = std::move(*session_);
  session_.reset();
  auto readings = session.readings();
  note_errors(readings);
  if (session.silent()) {
    fall_silent(now);
  } else if (session.answered()) {
    health_.state = MeterState::kAlive;
    ct_check_.on_back(now);
    note_readable(std::ranges::any_of(
        readings, [](const Reading& reading) { return reading.quality != Quality::kBad; }));
  }
  std::vector<Reading> admitted;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (readings[i].quality == Quality::kGood) health_.last_good = now;
    supervise(readings[i], session.due()[i]);
    if (admit(session.due()[i], readings[i])) admitted.push_back(std::move(readings[i]));
  }
  return admitted;
}

void Meter::supervise(Reading& reading, const DueCircuit& due) {
  if (reading.quality == Quality::kBad) return;
  ct_.look_at(reading, due.circuit, due.points);
  if (ct_check_.suspect() || ct_.suspect(due.circuit)) flag_ct_suspect(reading);
}

void Meter::note_errors(const std::vector<Reading>& readings) {
  health_.last_error.clear();
  for (const Reading& reading : readings) {
    if (reading.quality != Quality::kGood) health_.last_error = reading.error;
  }
}

void Meter::note_readable(bool readable) {
  if (std::exchange(readable_, readable) == readable) return;
  if (readable) {
    core::log_info("{} can be read again  {}", name_.text, name_.fields);
  } else {
    core::log_warning("{} answers, but nothing can be read: {}; asked again when it is next due  {}",
                      name_.text, health_.last_error, name_.fields);
  }
}

bool Meter::admit(const DueCircuit& due, const Reading& reading) {
  auto& last_bad = last_bad_[due.circuit];
  if (reading.quality != Quality::kBad) {
    last_bad.reset();
    return true;
  }
  if (last_bad && due.due - *last_bad < kBadReadingEvery - kAlignmentTolerance) return false;
  last_bad = due.due;
  return true;
}

void Meter::fall_silent(MonoTime now) {
  health_.state = MeterState::kSilent;
  ct_check_.on_away();
  backoff_.reset();
  silence_ = Silence{now, health_.last_error, now + backoff_.next()};
  core::log_warning(
      "{} does not answer: {}; probing with back-off up to {}, check address, wiring and baud rate  {}",
      name_.text, health_.last_error, span_text(kSlowestProbe), name_.fields);
}

MonoTime Meter::probe_at() const {
  return silence_ ? silence_->next_probe : MonoTime::max();
}

void Meter::probe_soon(MonoTime now) {
  if (silence_) silence_->next_probe = std::min(silence_->next_probe, now);
}

modbus::ReadRequest Meter::probe() const {
  return probe_;
}

void Meter::on_probe_answer(const modbus::ReadAnswer& answer, MonoTime now) {
  asked_ = false;
  count(answer);
  if (meter_spoke(answer)) {
    wake_up(now);
  } else {
    silence_->next_probe = now + backoff_.next();
  }
}

void Meter::wake_up(MonoTime now) {
  core::log_info("{} answers again after {}; read at its next due time  {}", name_.text,
                 span_text(now - silence_->since), name_.fields);
  silence_.reset();
  refusals_.forget();
  ct_check_.on_back(now);
  health_.state = MeterState::kAlive;
}

void Meter::on_line_up() {
  refusals_.forget();
  ct_check_.on_away();
}

void Meter::on_ct_check_answer(const modbus::ReadAnswer& answer, MonoTime now) {
  asked_ = false;
  count(answer);
  ct_check_.on_answer(answer, now);
}

std::vector<Event> Meter::take_events() {
  auto events = ct_check_.take_events();
  for (Event& event : ct_.take_events()) events.push_back(std::move(event));
  return events;
}

std::vector<Reading> Meter::pass_over(const Clock& clock, MonoTime now, const std::string* line_reason) {
  std::vector<Reading> readings;
  for (const DueCircuit& due : schedule_.take_due(clock, now)) {
    Reading reading =
        make_unanswered_reading(plan_, due, line_reason != nullptr ? *line_reason : silence_->error);
    if (admit(due, reading)) readings.push_back(std::move(reading));
  }
  return readings;
}

MeterHealth Meter::health() const {
  MeterHealth health = health_;
  health.ct_programmed = ct_check_.programmed();
  health.ct_suspicions = ct_.suspicions();
  if (ct_check_.suspect()) health.ct_suspicions.push_back(ct_check_.contradiction());
  health.response_p50 = response_times_.percentile(50);
  health.response_p95 = response_times_.percentile(95);
  health.response_max = response_times_.percentile(100);
  return health;
}

}  // namespace submeter::poll
