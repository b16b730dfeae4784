// SPDX-License-Identifier: Apache-2.0
// The two packets of chrony's monitoring protocol that we speak: "tracking" asked and answered. Pure.
//
// Protocol version 6 of chrony's candm.h, over UDP to 127.0.0.1:323. Numbers are big-endian. The request has
// the length of its answer, so that it cannot be used to amplify traffic:
//
//    0  1  version, 6
//    1  1  packet type, 1 = request
//    4  2  command, 33 = tracking
//    6  2  attempt
//    8  4  sequence, which the answer repeats
//   12     zero up to 104
//
// The answer:
//
//    0  1  version, 6          28  4  reference id                60  4  rms offset, s
//    1  1  packet type, 2      32 20  address of the reference    64  …  (see tracking.cc)
//    4  2  command, 33         52  2  stratum                     …
//    6  2  reply, 5            54  2  leap status
//    8  2  status, 0 = done    56 12  reference time
//   16  4  sequence            68  …  offset, delay, dispersion as 7-bit exponent and 25-bit coefficient
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "clock/sync_view.h"
#include "submeter/time.h"

namespace submeter::clock {

inline constexpr std::size_t kTrackingLength = 104;
using TrackingPacket = std::array<std::uint8_t, kTrackingLength>;

/// What chronyd knows of the system's clock; the fields of `chronyc tracking`.
struct Tracking {
  std::uint32_t reference_id = 0;
  std::uint16_t stratum = 0;
  Leap leap = Leap::kUnsynchronised;
  UtcTime reference_time{};  ///< When the last measurement was processed.
  Duration offset{};         ///< How far the system's clock is ahead of (+) or behind (−) NTP time.
  Duration root_delay{};
  Duration root_dispersion{};
};

/// Why a datagram is not the answer that is waited for. Each is counted.
enum class NotTracking : std::uint8_t {
  kLength,    ///< Shorter or longer than the answer is.
  kVersion,   ///< Another protocol version: a chrony that we do not know.
  kKind,      ///< No reply, or one to another command, or of another form.
  kSequence,  ///< The answer to another request: late, doubled or forged.
  kStatus,    ///< chronyd refuses: no permission, or it failed.
  kValue,     ///< A value that cannot be.
};
inline constexpr std::size_t kNotTrackingKinds = 6;

/// "length", "version", …
const char* to_string(NotTracking reason);

TrackingPacket tracking_request(std::uint32_t sequence);
std::variant<Tracking, NotTracking> parse_tracking(std::span<const std::uint8_t> bytes,
                                                   std::uint32_t sequence);

}  // namespace submeter::clock
