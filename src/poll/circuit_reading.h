// SPDX-License-Identifier: Apache-2.0
// From the registers of one session to the reading of one circuit. Pure.
#pragma once

#include <string>
#include <vector>

#include "meters/read_plan.h"
#include "poll/schedule.h"
#include "submeter/sample.h"

namespace submeter::poll {

/// All of `inner` lies in `outer`.
bool contains(const meters::RegisterRange& outer, const meters::RegisterRange& inner);

/// What one answer carried.
struct Block {
  meters::RegisterRange range;
  std::vector<std::uint16_t> registers;
  MonoTime sent{};
  MonoTime received{};
};

/// Registers that were wanted and did not come.
struct Missing {
  meters::RegisterRange range;
  QualityFlag flag = QualityFlag::kCommTimeout;
  std::string reason;
};

struct Collected {
  std::vector<Block> blocks;
  std::vector<Missing> missing;
};

/// Good with every due point, questionable and `partial` with some, bad with none. The instant is the
/// midpoint of this circuit's own requests; of a bad reading, when it was due.
Reading make_reading(const MeterPlan& meter, const DueCircuit& due, const Collected& collected);
/// Nothing was asked: the meter is silent or the line is down.
Reading make_unanswered_reading(const MeterPlan& meter, const DueCircuit& due, const std::string& error);

}  // namespace submeter::poll
