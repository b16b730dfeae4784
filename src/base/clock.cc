// SPDX-License-Identifier: Apache-2.0
#include "submeter/clock.h"

#include "submeter/check.h"

namespace submeter {

const char* to_string(ClockState state) {
  switch (state) {
    case ClockState::kUnsynced:
      return "unsynced";
    case ClockState::kHoldover:
      return "holdover";
    case ClockState::kSynced:
      return "synced";
  }
  check_failed("a known ClockState", __FILE__, __LINE__);
}

}  // namespace submeter
