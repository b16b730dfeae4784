// SPDX-License-Identifier: Apache-2.0
// What a meter has said no to, so that one illegal register costs one exception and not one a cycle. Says
// each refusal once in the log. Bounded by the points of the meter.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "meters/read_plan.h"
#include "poll/meter_name.h"
#include "submeter/time.h"

namespace submeter::poll {

class Refusals {
 public:
  /// A register the meter does not know is asked for again after this time: a meter that was starting up, or
  /// was replaced, mends by itself.
  static constexpr Duration kIllegalFor = std::chrono::hours(1);
  /// The same for a meter that reports a failure of its own (exception 0x04), which passes sooner.
  static constexpr Duration kFailureFor = std::chrono::minutes(1);

  explicit Refusals(const MeterName& name) : name_(name) {}

  /// `point`: what stands there, for the log.
  void refuse(const meters::RegisterRange& range, std::string_view point, std::string reason,
              Duration how_long, MonoTime now);
  /// Why `range` is left out at `now`; null when it may be asked for.
  const std::string* reason(const meters::RegisterRange& range, MonoTime now) const;
  /// The meter refused a range with a hole and gave the same values without it.
  void avoid_holes();
  /// Nothing was refused lately.
  bool empty() const { return refused_.empty(); }
  bool holes_allowed() const { return holes_allowed_; }
  /// The line or the meter came back: it may be another one.
  void forget();

 private:
  struct Refusal {
    std::string reason;
    MonoTime until{};
  };

  const MeterName& name_;
  bool holes_allowed_ = true;
  std::map<meters::RegisterRange, Refusal> refused_;
};

}  // namespace submeter::poll
