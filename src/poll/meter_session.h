// SPDX-License-Identifier: Apache-2.0
// Reads what is due on one meter: request after request, until every point has a value or a reason. Pure:
// says what to ask next and is told the answer; time, line and health are the poller's.
//
// A refused request is taken apart until the culprit is found: first without its holes, then point by point;
// what is found goes to Refusals and is not asked again soon. A meter that answers nothing at all after all
// tries ends the session at once; one that fell quiet after an answer gets one try for each request that is
// left.
#pragma once

#include <string>
#include <vector>

#include "modbus/master.h"
#include "poll/circuit_reading.h"
#include "poll/read_plans.h"
#include "poll/refusals.h"

namespace submeter::poll {

/// The meter itself said something: registers, no, or something damaged. A gateway that says that the meter
/// behind it does not answer (0x0A, 0x0B) speaks for itself.
bool meter_spoke(const modbus::ReadAnswer& answer);
/// Asking again for the same registers would be answered the same.
bool is_refusal(const modbus::ReadAnswer& answer);
/// The reason of a failed answer and, if there was more than one, the number of tries: "no response, 2
/// tries".
std::string failure_text(const modbus::ReadAnswer& answer, int tries);
QualityFlag failure_flag(const modbus::ReadAnswer& answer);
modbus::ReadRequest request_for(UnitId unit, const meters::RegisterRange& range);

class MeterSession {
 public:
  /// `meter`, `plans` and `refusals` outlive the session. `retries` after a request that failed.
  MeterSession(const MeterPlan& meter, ReadPlans& plans, Refusals& refusals, int retries,
               std::vector<DueCircuit> due, MonoTime now);

  /// Nothing is left to ask.
  bool finished() const { return asks_.empty(); }
  /// Only while not finished.
  modbus::ReadRequest next() const;
  void on_answer(const modbus::ReadAnswer& answer, MonoTime now);

  bool answered() const { return answered_; }
  /// The meter was asked and did not say a word.
  bool silent() const { return silent_; }
  /// Why the last request failed; empty if none did.
  const std::string& last_error() const { return last_error_; }
  const std::vector<DueCircuit>& due() const { return due_; }
  /// One for each due circuit, once finished.
  std::vector<Reading> readings() const;

 private:
  struct Ask {
    meters::RegisterRange range;
    bool on_trial = false;  // a part of a range whose holes may have been refused
  };

  std::vector<meters::RegisterRange> wanted_in(const meters::RegisterRange& range) const;
  void leave_out_refused(MonoTime now);
  bool reads_along_refused(const meters::RegisterRange& range) const;
  void take_registers(const modbus::ReadAnswer& answer);
  void take_refusal(const modbus::ReadAnswer& answer, MonoTime now);
  bool split_at_holes(const Ask& refused);
  void ask_first(const std::vector<meters::RegisterRange>& ranges, bool on_trial);
  void take_failure(const modbus::ReadAnswer& answer);
  void give_up(const modbus::ReadAnswer& answer);
  std::string point_at(const meters::RegisterRange& range) const;

  const MeterPlan& meter_;
  ReadPlans& plans_;
  Refusals& refusals_;
  int retries_;
  std::vector<DueCircuit> due_;
  std::vector<meters::RegisterRange> wanted_;  // sorted, each once
  std::vector<Ask> asks_;                      // the last is under way
  int tries_ = 0;
  Collected collected_;
  bool answered_ = false;
  bool silent_ = false;
  std::string last_error_;
};

}  // namespace submeter::poll
