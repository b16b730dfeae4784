// SPDX-License-Identifier: Apache-2.0
#include "poll/meter_session.h"

#include <algorithm>
#include <utility>

#include "submeter/check.h"

namespace submeter::poll {
namespace {

using meters::RegisterRange;
using modbus::Outcome;

// Modbus application protocol V1.1b3, 7: what the meter says about a request it will never serve, and about
// itself.
constexpr std::uint8_t kIllegalFunction = 0x01;
constexpr std::uint8_t kIllegalDataValue = 0x03;
constexpr std::uint8_t kServerDeviceFailure = 0x04;
constexpr std::uint8_t kGatewayPathUnavailable = 0x0A;
constexpr std::uint8_t kGatewayTargetSilent = 0x0B;

Duration refused_for(std::uint8_t exception_code) {
  return exception_code <= kIllegalDataValue ? Refusals::kIllegalFor : Refusals::kFailureFor;
}

}  // namespace

// Some meters say 0x04 where they mean 0x02.
bool is_refusal(const modbus::ReadAnswer& answer) {
  return answer.outcome == Outcome::kException && answer.exception_code >= kIllegalFunction &&
         answer.exception_code <= kServerDeviceFailure;
}

bool meter_spoke(const modbus::ReadAnswer& answer) {
  switch (answer.outcome) {
    case Outcome::kRegisters:
    case Outcome::kBadAnswer:
      return true;
    case Outcome::kException:
      return answer.exception_code != kGatewayPathUnavailable &&
             answer.exception_code != kGatewayTargetSilent;
    case Outcome::kTimeout:
    case Outcome::kBusDown:
      return false;
  }
  return false;
}

std::string failure_text(const modbus::ReadAnswer& answer, int tries) {
  return tries > 1 ? fmt::format("{}, {} tries", answer.reason, tries) : answer.reason;
}

QualityFlag failure_flag(const modbus::ReadAnswer& answer) {
  if (!meter_spoke(answer)) return QualityFlag::kCommTimeout;
  return answer.outcome == Outcome::kBadAnswer ? QualityFlag::kCrc : QualityFlag::kException;
}

modbus::ReadRequest request_for(UnitId unit, const RegisterRange& range) {
  return {unit, static_cast<modbus::Function>(range.table), range.address, range.count};
}

MeterSession::MeterSession(const MeterPlan& meter, ReadPlans& plans, Refusals& refusals, int retries,
                           std::vector<DueCircuit> due, MonoTime now)
    : meter_(meter), plans_(plans), refusals_(refusals), retries_(retries), due_(std::move(due)) {
  const ReadPlans::Plan& plan = plans_.of(due_, refusals_.holes_allowed());
  wanted_ = plan.wanted;
  asks_.reserve(plan.requests.size());
  collected_.blocks.reserve(plan.requests.size());
  if (refusals_.empty()) {
    ask_first(plan.requests, false);
    return;
  }
  leave_out_refused(now);
  const auto requests = plans_.requests_for(wanted_, refusals_.holes_allowed());
  for (auto range = requests.rbegin(); range != requests.rend(); ++range) {
    if (reads_along_refused(*range)) {
      ask_first(plans_.requests_for(wanted_in(*range), false), false);
    } else {
      asks_.push_back({*range});
    }
  }
}

void MeterSession::leave_out_refused(MonoTime now) {
  std::erase_if(wanted_, [&](const RegisterRange& range) {
    const std::string* reason = refusals_.reason(range, now);
    if (reason != nullptr) collected_.missing.push_back({range, QualityFlag::kException, *reason});
    return reason != nullptr;
  });
}

bool MeterSession::reads_along_refused(const RegisterRange& range) const {
  return std::ranges::any_of(collected_.missing,
                             [&](const Missing& missing) { return contains(range, missing.range); });
}

modbus::ReadRequest MeterSession::next() const {
  SUBMETER_CHECK(!finished());
  return request_for(meter_.unit, asks_.back().range);
}

void MeterSession::on_answer(const modbus::ReadAnswer& answer, MonoTime now) {
  SUBMETER_CHECK(!finished());
  ++tries_;
  answered_ = answered_ || meter_spoke(answer);
  if (answer.outcome == Outcome::kRegisters) {
    take_registers(answer);
    return;
  }
  last_error_ = failure_text(answer, tries_);
  if (answer.outcome == Outcome::kBusDown) {
    give_up(answer);
  } else if (is_refusal(answer)) {
    take_refusal(answer, now);
  } else {
    take_failure(answer);
  }
}

void MeterSession::take_registers(const modbus::ReadAnswer& answer) {
  const Ask ask = asks_.back();
  asks_.pop_back();
  tries_ = 0;
  collected_.blocks.push_back({ask.range, answer.registers, answer.sent, answer.received});
  const bool last_on_trial = ask.on_trial && std::ranges::none_of(asks_, &Ask::on_trial);
  if (last_on_trial) refusals_.avoid_holes();
}

void MeterSession::take_refusal(const modbus::ReadAnswer& answer, MonoTime now) {
  const Ask refused = asks_.back();
  asks_.pop_back();
  tries_ = 0;
  if (split_at_holes(refused)) return;
  // Not the hole, or not only: a register is refused.
  for (Ask& ask : asks_) ask.on_trial = false;
  auto inside = wanted_in(refused.range);
  if (std::erase(inside, refused.range) > 0) {
    refusals_.refuse(refused.range, point_at(refused.range), answer.reason,
                     refused_for(answer.exception_code), now);
    collected_.missing.push_back({refused.range, QualityFlag::kException, answer.reason});
  }
  ask_first(inside, false);
}

std::vector<RegisterRange> MeterSession::wanted_in(const RegisterRange& range) const {
  std::vector<RegisterRange> inside;
  std::ranges::copy_if(wanted_, std::back_inserter(inside),
                       [&](const RegisterRange& wanted) { return contains(range, wanted); });
  return inside;
}

bool MeterSession::split_at_holes(const Ask& refused) {
  const auto parts = plans_.requests_for(wanted_in(refused.range), false);
  if (parts.size() < 2) return false;
  ask_first(parts, true);
  return true;
}

void MeterSession::ask_first(const std::vector<RegisterRange>& ranges, bool on_trial) {
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) asks_.push_back({*range, on_trial});
}

void MeterSession::take_failure(const modbus::ReadAnswer& answer) {
  if (tries_ <= retries_) return;
  if (!answered_) {
    silent_ = true;
    give_up(answer);
    return;
  }
  collected_.missing.push_back({asks_.back().range, failure_flag(answer), last_error_});
  asks_.pop_back();
  tries_ = 0;
  if (!meter_spoke(answer)) retries_ = 0;
}

void MeterSession::give_up(const modbus::ReadAnswer& answer) {
  for (auto ask = asks_.rbegin(); ask != asks_.rend(); ++ask) {
    collected_.missing.push_back({ask->range, failure_flag(answer), last_error_});
  }
  asks_.clear();
}

std::string MeterSession::point_at(const RegisterRange& range) const {
  for (const DueCircuit& circuit : due_) {
    for (const std::size_t index : circuit.points) {
      const auto& point = meter_.circuits[circuit.circuit].points[index].point;
      if (range_of(point) == range) return point.point.name;
    }
  }
  return "a register";
}

std::vector<Reading> MeterSession::readings() const {
  SUBMETER_CHECK(finished());
  std::vector<Reading> readings;
  readings.reserve(due_.size());
  for (const DueCircuit& circuit : due_) readings.push_back(make_reading(meter_, circuit, collected_));
  return readings;
}

}  // namespace submeter::poll
