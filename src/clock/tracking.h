// SPDX-License-Identifier: Apache-2.0
// The two packets of chrony's monitoring protocol that we speak: "tracking" asked and answered. Pure.
//
// Protocol version 6 of chrony's candm.h, over UDP to 127.0.0.1:323. Numbers are big-endian. The request has
// the length of its answer, so that it cannot be used to amplify traffic:
//
//    0  1  version, 6          4  2  command, 33 = tracking       8  4  sequence, which the answer repeats
//    1  1  type, 1 = request   6  2  attempt, 0                  12     zero up to 104
//    2  2  zero
//
// The answer; a refusal ends at 28 and has status ≠ 0 and reply 1:
//
//    0  1  version, 6          28  4  reference id                68  4  correction, s: + where the clock is
//    slow 1  1  type, 2 = reply     32 16  address of the reference    72  4  correction of the last update,
//    s 2  2  zero                48  2  its family                  76  4  the same, root mean square 4  2
//    command, 33         50  2  padding                     80  4  frequency, ppm 6  2  reply, 5 52  2
//    stratum, 0 = none           84  4  residual frequency, ppm 8  2  status, 0 = done    54  2  leap status
//    88  4  skew, ppm
//   10  6  padding             56  4  reference time, s, high     92  4  root delay, s
//   16  4  sequence            60  4  and low half                96  4  root dispersion, s
//   20  8  padding             64  4  and ns                     100  4  update interval, s
//
// From 68 on a number is a 7-bit exponent e and a 25-bit coefficient c, both two's complement:
// c · 2^(e − 25). There is no NaN and no infinity. A high half of 0x7fffffff stands for 0.
#pragma once

#include <array>
#include <chrono>
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
  /// How far the system's clock is ahead of (+) or behind (−) NTP time: + is what `chronyc tracking` calls
  /// fast. The packet, and `chronyc -c`, have it the other way round.
  Duration offset{};
  Duration root_delay{};
  Duration root_dispersion{};
};

/// Why a datagram is not the answer that is waited for. Each is counted.
enum class NotTracking : std::uint8_t {
  kLength,    ///< Shorter or longer than an answer is.
  kVersion,   ///< Another protocol version: a chrony that we do not know.
  kKind,      ///< No reply, or one to another command, or of another form.
  kSequence,  ///< The answer to another request: late, doubled or forged.
  kStatus,    ///< chronyd refuses: no permission, or it failed.
  kValue,     ///< A value that cannot be: nothing of the answer is believed.
};
inline constexpr std::size_t kNotTrackingKinds = 6;

/// "length", "version", …
const char* to_string(NotTracking reason);

/// No time that chronyd gives is longer: 95 years, which a clock that starts in 1970 can be off. Three of
/// them add up within a Duration.
inline constexpr std::chrono::seconds kLongestTime{3'000'000'000};

TrackingPacket tracking_request(std::uint32_t sequence);
std::variant<Tracking, NotTracking> parse_tracking(std::span<const std::uint8_t> bytes,
                                                   std::uint32_t sequence);

}  // namespace submeter::clock
