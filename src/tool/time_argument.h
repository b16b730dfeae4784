// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "submeter/result.h"
#include "submeter/time.h"

namespace submeter::tool {

/// A time as a person types it, always UTC: 2026-11-21, 2026-11-21T12:00, 2026-11-21T12:00:00,
/// 2026-11-21T12:00:00.127, each time with or without a Z; or back from now: 24h, 15min, now.
class TimeArgument {
 public:
  static Result<TimeArgument> parse(const std::string& text);
  UtcTime at(UtcTime now) const;

 private:
  std::optional<UtcTime> at_;
  std::chrono::milliseconds back_{};
};

}  // namespace submeter::tool
