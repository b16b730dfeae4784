// SPDX-License-Identifier: Apache-2.0
// One meter on its bus: its schedule, the session under way, whether it is silent, and its figures. Decides
// nothing about the others; the bus poller asks who is most urgent.
#pragma once

#include <optional>
#include <vector>

#include "core/backoff.h"
#include "poll/bus_health.h"
#include "poll/ct_supervision.h"
#include "poll/figures.h"
#include "poll/meter_name.h"
#include "poll/meter_session.h"
#include "poll/programmed_ct_check.h"
#include "poll/read_plans.h"
#include "poll/refusals.h"
#include "poll/schedule.h"

namespace submeter::poll {

class Meter {
 public:
  /// Probes of a silent meter are this far apart at first, and at most.
  static constexpr Duration kFirstProbe = std::chrono::seconds(2);
  static constexpr Duration kSlowestProbe = std::chrono::seconds(60);
  /// A circuit without values says so at once, then this often.
  static constexpr Duration kBadReadingEvery = std::chrono::seconds(60);

  /// `plan` is one of `bus` and outlives the meter.
  Meter(const BusPlan& bus, const MeterPlan& plan, Random& random);
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  UnitId unit() const { return plan_.unit; }
  MeterSchedule& schedule() { return schedule_; }
  const MeterSchedule& schedule() const { return schedule_; }

  // A session: begin, then next request and its answer until it is finished, then end.
  bool in_session() const { return session_.has_value(); }
  /// A request of it is on the line.
  bool asked() const { return asked_; }
  void begin(const Clock& clock, MonoTime now);
  /// When the last session began.
  MonoTime begun() const { return begun_; }
  /// Empty when the session is finished.
  std::optional<modbus::ReadRequest> next_request() const;
  void on_asked();
  void on_answer(const modbus::ReadAnswer& answer, MonoTime now);
  /// What was read, without the bad readings that would come too often.
  std::vector<Reading> end(MonoTime now);

  // Silence and probes.
  bool silent() const { return silence_.has_value(); }
  /// When a silent meter may be probed; MonoTime::max() of one that is not silent.
  MonoTime probe_at() const;
  /// A request that the meter has answered before, if any.
  modbus::ReadRequest probe() const;
  /// It may be probed now.
  void probe_soon(MonoTime now);
  void on_probe_answer(const modbus::ReadAnswer& answer, MonoTime now);

  /// What is due now and cannot be read: bad readings for `reason`, or for its own silence.
  std::vector<Reading> pass_over(const Clock& clock, MonoTime now, const std::string* line_reason);
  /// The line came up again: the meter behind it may be another one.
  void on_line_up();

  // The register in which it says what transformer it was programmed for.
  /// When it is to be asked for; MonoTime::max(): not.
  MonoTime ct_check_at() const {
    return silent() || in_session() || asked_ ? MonoTime::max() : ct_check_.due();
  }
  modbus::ReadRequest ct_check() const { return ct_check_.request(); }
  void on_ct_check_answer(const modbus::ReadAnswer& answer, MonoTime now);

  /// What was found out about its transformers since the last call.
  std::vector<Event> take_events();
  bool ct_suspect() const { return ct_check_.suspect() || ct_.any_suspect(); }

  MeterState state() const { return health_.state; }
  MeterHealth health() const;

 private:
  struct Silence {
    MonoTime since{};
    std::string error;
    MonoTime next_probe{};
  };

  void count(const modbus::ReadAnswer& answer);
  void supervise(Reading& reading, const DueCircuit& due);
  void note_errors(const std::vector<Reading>& readings);
  void note_readable(bool readable);
  void fall_silent(MonoTime now);
  void wake_up(MonoTime now);
  /// Not too soon after the circuit's last bad reading.
  bool admit(const DueCircuit& due, const Reading& reading);

  const BusPlan& bus_;
  const MeterPlan& plan_;
  MeterName name_;
  MeterSchedule schedule_;
  Refusals refusals_;
  ReadPlans plans_;
  CtSupervision ct_;
  ProgrammedCtCheck ct_check_;
  core::Backoff backoff_;
  std::optional<MeterSession> session_;
  MonoTime begun_ = MonoTime::min();
  bool asked_ = false;
  bool readable_ = true;  // it gave a value when it last said anything
  std::optional<Silence> silence_;
  modbus::ReadRequest probe_;
  std::vector<std::optional<MonoTime>> last_bad_;  // by circuit, since its last value
  MeterHealth health_;
  ResponseTimes response_times_;
};

}  // namespace submeter::poll
