// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "meters/read_plan.h"
#include "poll/bus_plan.h"
#include "poll/schedule.h"

namespace submeter::poll {

/// The requests for what is due on one meter. The same is due again and again, so a plan is made once and
/// kept until the meter shows that it answers much faster or slower than the plan was made for. Pure.
class ReadPlans {
 public:
  struct Plan {
    std::vector<meters::RegisterRange> wanted;    ///< Of the due points, sorted, each once.
    std::vector<meters::RegisterRange> requests;  ///< In ascending order.
  };
  /// Combinations of due points that are kept: intervals that meet.
  static constexpr std::size_t kMostKept = 8;

  /// `meter` outlives the plans. `cost` has an assumed turnaround.
  ReadPlans(const MeterPlan& meter, const meters::ReadCost& cost) : meter_(meter), cost_(cost) {}

  /// Valid until the next call.
  const Plan& of(const std::vector<DueCircuit>& due, bool holes);
  /// Not kept: what is left of a range when some of it is refused.
  std::vector<meters::RegisterRange> requests_for(const std::vector<meters::RegisterRange>& wanted,
                                                  bool holes) const;
  /// An answer with `registers` came `response` after its request was sent.
  void learn(Duration response, std::size_t registers);

 private:
  struct Kept {
    std::vector<DueCircuit> due;
    bool holes = true;
    Plan plan;
  };

  std::vector<meters::RegisterRange> wanted_by(const std::vector<DueCircuit>& due) const;
  void follow_turnaround();

  const MeterPlan& meter_;
  meters::ReadCost cost_;
  Duration turnaround_{};  // a running mean; zero: not learnt
  std::vector<Kept> kept_;
  std::size_t oldest_ = 0;
};

}  // namespace submeter::poll
