// SPDX-License-Identifier: Apache-2.0
// When it was that something happened in a boot of the machine that ended before its clock was ever trusted.
//
// Nobody can say exactly. What is known: the boot began after the newest time that was sure before it and
// after what other boots lived through meanwhile, the monotonic clock counted from there, and it was over
// before the present boot began. What the wall clock showed is taken where it lies between these bounds,
// because it may well have been right; otherwise the earliest time that keeps the order is. The error bound
// reaches to the farther end. Pure.
#pragma once

#include <optional>
#include <string>

#include "clock/held_text.h"
#include "submeter/clock.h"

namespace submeter::clock {

class EarlierBoots {
 public:
  /// `ceiling`: the present boot began then; empty when that is not known.
  explicit EarlierBoots(std::optional<UtcTime> ceiling = {}) : ceiling_(ceiling) {}

  /// Unsynced, always. In the order of holding.
  Stamp place(const Held& held);

 private:
  std::optional<UtcTime> ceiling_;
  std::string boot_;
  UtcTime began_after_{};  // the boot, for sure
  UtcTime lived_until_{};  // the time of the newest entry is not earlier, for sure
  UtcTime placed_{};       // the newest stamp that was given
};

}  // namespace submeter::clock
