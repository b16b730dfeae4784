// SPDX-License-Identifier: Apache-2.0
// What a source of trust says of the wall clock, in one form for all sources. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "submeter/time.h"

namespace submeter::clock {

/// The leap indicator of NTP (RFC 5905, 7.3).
enum class Leap : std::uint8_t { kNone = 0, kInsert = 1, kDelete = 2, kUnsynchronised = 3 };

struct SyncView {
  std::string source;    ///< "chrony", "kernel", "none".
  MonoTime at{};         ///< When it said so.
  bool vouches = false;  ///< It calls the clock synchronised.
  /// What it measured or expects the clock to be off, now; part of the bound.
  Duration measured_error{};
  /// SPEC section 5: |offset| + root dispersion + root delay / 2, or the nearest the source knows.
  Duration error_bound{};
  Leap leap = Leap::kNone;           ///< What it announces for the end of the month.
  std::optional<int> stratum{};      ///< Where the source has one.
  std::optional<Duration> offset{};  ///< Of the wall clock from the source's time; + is ahead.
  std::string how = "synchronised";  ///< For people: what it vouches for.
  std::string why_not{};             ///< For people: why it does not vouch, and what to look at.
};

}  // namespace submeter::clock
