// SPDX-License-Identifier: Apache-2.0
// Looks at each reading of one meter for what a wrong current transformer makes of it (meters/ct_watch.h),
// flags the readings of a suspect circuit, and tells once when suspicion begins and when it ends: a line in
// the journal and an event. Holds no reading back and changes no value. Allocates nothing for a reading that
// is not suspect.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "meters/ct_watch.h"
#include "poll/bus_plan.h"
#include "poll/meter_name.h"
#include "submeter/sample.h"

namespace submeter::poll {

class CtSupervision {
 public:
  /// `meter` and `name` outlive it.
  CtSupervision(const MeterPlan& meter, const MeterName& name);

  /// A reading with values. `circuit` and `points` are indices into the plan; the values come in the order of
  /// the points, some may be missing.
  void look_at(const Reading& reading, std::size_t circuit, std::span<const std::size_t> points);
  bool suspect(std::size_t circuit) const { return circuits_[circuit].watch.suspect(); }
  bool any_suspect() const;
  /// What stands, for status: "lighting-3: energy advances by …".
  std::vector<std::string> suspicions() const;
  /// What began or ended since the last call.
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

 private:
  struct Circuit {
    meters::CtWatch watch;
    std::vector<std::optional<meters::Measured>> measured;  // by point of the plan
  };

  void tell(std::size_t circuit, meters::CtSign sign, MonoTime now);

  const MeterPlan& meter_;
  const MeterName& name_;
  std::vector<Circuit> circuits_;
  std::vector<Event> events_;
};

/// The reading is to be looked at before a bill is made of it.
void flag_ct_suspect(Reading& reading);
/// "ct_suspect" or "ct_cleared", with the meter, what is suspected by name, and the circuit where it is not
/// the whole meter.
Event ct_event(bool begins, std::string text, MonoTime now, const std::string& meter,
               const std::string& circuit, const std::string& suspect);

}  // namespace submeter::poll
