// SPDX-License-Identifier: Apache-2.0
#include "poll/overload.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"

namespace submeter::poll {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Overload::on_reading(bool late, const Demand& demand, MonoTime now) {
  if (late) {
    if (!last_late_) {
      since_ = now;
      readings_ = 0;
    }
    last_late_ = now;
  } else if (last_late_ && now - *last_late_ >= kOver) {
    last_late_.reset();
    if (!text_.empty()) core::log_info("bus {} keeps up again  bus={}", bus_, bus_);
    text_.clear();
  }
  if (!last_late_) return;
  if (text_.empty() && now - since_ >= std::max(kWatched, 3 * demand.shortest_interval)) measure(demand, now);
  ++readings_;
}

void Overload::measure(const Demand& demand, MonoTime now) {
  // Late for another reason, such as time-outs, which are told where they happen.
  constexpr double kFits = 1.01;
  constexpr double kAtWork = 0.9;  // a serial line has its silences, too
  const double done_per_second = static_cast<double>(readings_) / seconds(now - since_);
  const double lack = demand.readings_per_second / done_per_second;
  if (lack > kFits && demand.busy >= kAtWork) {
    const double cycle = seconds(demand.shortest_interval);
    text_ = fmt::format("needs {:.1f} s a {:g} s cycle", lack * cycle, cycle);
    core::log_warning(
        "bus {} {}: cycles are skipped, of the longest intervals first; lengthen intervals, read fewer "
        "points, "
        "raise the baud rate or move meters to another bus  bus={}",
        bus_, text_, bus_);
  } else {
    since_ = now;
    readings_ = 0;
  }
}

}  // namespace submeter::poll
