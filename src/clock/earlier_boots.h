// SPDX-License-Identifier: Apache-2.0
// When it was that something happened in a boot of the machine that ended before its clock was ever trusted.
//
// Nobody can say exactly. What is known: the boot began after the newest time that was sure before it, the
// monotonic clock counted from there, and it was over before the present boot began. What the wall clock
// showed is taken where it lies between these bounds, because it may well have been right; otherwise the
// earliest possible time is. The error bound reaches to the farther end. Pure.
#pragma once

#include <optional>
#include <string>

#include "clock/held_text.h"
#include "submeter/clock.h"

namespace submeter::clock {

class EarlierBoots {
 public:
  /// `floor`: everything happened after it. `ceiling`: the present boot began then; empty when that is not
  /// known.
  EarlierBoots(UtcTime floor, std::optional<UtcTime> ceiling) : newest_(floor), ceiling_(ceiling) {}

  /// Unsynced, always. In the order of holding.
  Stamp place(const Held& held);

 private:
  UtcTime newest_;
  std::optional<UtcTime> ceiling_;
  std::string boot_;
  UtcTime boot_began_after_{};
};

}  // namespace submeter::clock
