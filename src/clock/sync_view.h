// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "submeter/time.h"

namespace submeter::clock {

/// The leap indicator of NTP (RFC 5905, 7.3).
enum class Leap : std::uint8_t { kNone = 0, kInsert = 1, kDelete = 2, kUnsynchronised = 3 };

/// What one source of trust says of the wall clock.
struct SyncView {
  MonoTime at{};         ///< When it said so.
  bool vouches = false;  ///< It calls the clock synchronised.
  /// What it measured or expects the clock to be off; part of the bound.
  Duration measured_error{};
  /// SPEC section 5: |offset| + root dispersion + root delay / 2, or the nearest the source knows.
  Duration error_bound{};
  Leap leap = Leap::kNone;           ///< What it announces for the end of the month.
  std::optional<int> stratum{};      ///< Where the source has one.
  std::optional<Duration> offset{};  ///< Of the wall clock from the source's time, + is ahead.
  std::string text{};  ///< For people: "stratum 3, error at most 2 ms", or why it does not vouch.
};

}  // namespace submeter::clock
