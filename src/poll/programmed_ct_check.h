// SPDX-License-Identifier: Apache-2.0
// Whether a meter was programmed for the transformer that the configuration names: asks its own register once
// it answers, after it was away, once an hour, and every five minutes while the two disagree. Says what to
// ask when, and is told the answer; tells once when they begin to disagree and when they agree. A refusal is
// remembered for as long as the meter stays. Never asked while anything else is due: that is the poller's.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "meters/identification.h"
#include "modbus/master.h"
#include "poll/bus_plan.h"
#include "poll/meter_name.h"
#include "submeter/event.h"

namespace submeter::poll {

class ProgrammedCtCheck {
 public:
  static constexpr Duration kEvery = std::chrono::hours(1);
  /// After an answer that is none, and while meter and configuration disagree.
  static constexpr Duration kSoon = std::chrono::minutes(5);

  /// `meter` and `name` outlive it. Of a meter whose map has no such register nothing is ever due.
  ProgrammedCtCheck(const MeterPlan& meter, const MeterName& name) : meter_(meter), name_(name) {}

  /// The meter or its line is away: what comes back may be another one.
  void on_away();
  /// It answers.
  void on_back(MonoTime now);
  /// MonoTime::max(): never.
  MonoTime due() const { return due_; }
  modbus::ReadRequest request() const;
  void on_answer(const modbus::ReadAnswer& answer, MonoTime now);

  bool suspect() const { return !contradiction_.empty(); }
  /// "meter is programmed 400:5, config says 200:5"; empty while nothing contradicts.
  const std::string& contradiction() const { return contradiction_; }
  /// "400:5"; empty while it is not known.
  std::string programmed() const { return programmed_ ? programmed_->to_string() : std::string(); }
  /// What began or ended since the last call.
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

 private:
  void conclude(const std::vector<std::uint16_t>& primary, const std::vector<std::uint16_t>& secondary,
                MonoTime now);
  void tell(MonoTime now);

  const MeterPlan& meter_;
  const MeterName& name_;
  bool away_ = true;
  MonoTime due_ = MonoTime::max();
  std::optional<std::vector<std::uint16_t>> primary_words_;  // while those of the secondary are still to come
  std::optional<meters::ProgrammedCt> programmed_;
  std::string contradiction_;
  std::vector<Event> events_;
};

}  // namespace submeter::poll
