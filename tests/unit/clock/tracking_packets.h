// SPDX-License-Identifier: Apache-2.0
// Packets that Debian's chronyd 4.3 and its chronyc exchanged, with what `chronyc -c tracking` printed of
// them.
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "clock/tracking.h"

namespace submeter::clock {

using Datagram = std::vector<std::uint8_t>;

inline Datagram from_hex(std::string_view hex) {
  Datagram bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    EXPECT_EQ(std::from_chars(&hex[2 * i], &hex[2 * i] + 2, bytes[i], 16).ec, std::errc{});
  return bytes;
}

/// Follows a server of stratum 2 that is 200 ms ahead.
///   7F000001,127.0.0.1,3,1795253197.054043907,0.200057298,0.000050008,0.000050008,2.117,0.460,49.804,
///   0.030186515,0.010052026,1.0,Normal
inline constexpr std::string_view kSlow =
    "060200000021000500000000000000000f137c5e0000000000000000"
    "7f0000017f0000010000000000000000000000000001000000030000000000006b0163cd0338a503feccdbd2e6d1bf37e6d1bf37"
    "0687756200eb89df0ec737baf8f749b6f6a4b141048146de";
inline constexpr std::uint32_t kSlowSequence = 0x0f137c5e;
/// What chronyc had sent for it.
inline constexpr std::string_view kSlowRequest = "06010000002100000f137c5e";

/// The same, 200 ms behind.
///   7F000001,127.0.0.1,3,1795253192.978877946,-0.199935675,0.000004680,0.000014240,0.668,0.056,80.863,
///   0.030212060,0.010108447,1.0,Normal
inline constexpr std::string_view kFast =
    "06020000002100050000000000000000589720ed0000000000000000"
    "7f0000017f0000010000000000000000000000000001000000030000000000006b0163c83a587dfaff334410e09d0546e2eeea77"
    "02ab0b0efae4ddff10a1ba14f8f77f48f6a59de60480d7c6";

/// `local stratum 3`, no server.
///   7F7F0101,,3,1795253196.252513966,0.000000000,…,0.000000000,0.000000000,0.0,Normal
inline constexpr std::string_view kLocal =
    "06020000002100050000000000000000b24495950000000000000000"
    "7f7f0101000000000000000000000000000000000000000000030000000000006b0163cc0f0d0eae000000000000000000000000"
    "000000000000000000000000000000000000000000000000";

/// Has no source.
///   00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,
///   Not synchronised
inline constexpr std::string_view kNoSource =
    "060200000021000500000000000000005eed12340000000000000000"
    "00000000000000000000000000000000000000000000000000000003000000000000000000000000000000000000000000000000"
    "000000000000000000000000048000000480000000000000";

inline void put_u32(Datagram& bytes, std::size_t offset, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[offset + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// kSlow as the answer to another request.
inline Datagram answer_to(std::uint32_t sequence) {
  Datagram bytes = from_hex(kSlow);
  put_u32(bytes, 16, sequence);
  return bytes;
}

}  // namespace submeter::clock
