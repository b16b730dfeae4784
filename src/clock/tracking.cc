// SPDX-License-Identifier: Apache-2.0
#include "clock/tracking.h"

#include <cmath>
#include <limits>
#include <optional>

namespace submeter::clock {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kVersion = 6;
constexpr std::uint8_t kRequest = 1;
constexpr std::uint8_t kReply = 2;
constexpr std::uint16_t kTrackingCommand = 33;
constexpr std::uint16_t kTrackingReply = 5;
constexpr std::size_t kHeaderLength = 28;
constexpr std::uint16_t kMaxStratum = 16;

// By how much an exponent is moved left in its number, and the point of the coefficient with it.
constexpr int kCoefficientBits = 25;
constexpr int kExponentBits = 7;

std::uint16_t u16_at(Bytes bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

std::uint32_t u32_at(Bytes bytes, std::size_t offset) {
  return std::uint32_t{u16_at(bytes, offset)} << 16 | u16_at(bytes, offset + 2);
}

std::optional<Duration> seconds_at(Bytes bytes, std::size_t offset) {
  const auto number = static_cast<std::int32_t>(u32_at(bytes, offset));
  const std::int32_t exponent = number >> kCoefficientBits;
  const std::int32_t coefficient = number << kExponentBits >> kExponentBits;
  const std::chrono::duration<double> seconds{std::ldexp(coefficient, exponent - kCoefficientBits)};
  if (std::chrono::abs(seconds) > kLongestTime) return std::nullopt;
  return std::chrono::round<Duration>(seconds);
}

std::optional<UtcTime> time_at(Bytes bytes, std::size_t offset) {
  constexpr std::uint32_t kNoHighHalf = 0x7fffffff;
  // Whoever turns it into nanoseconds stays within 64 bits: until the year 2262.
  constexpr auto kEnd = std::chrono::floor<std::chrono::seconds>(Duration::max());
  const std::uint32_t high = u32_at(bytes, offset);
  const std::uint64_t seconds =
      std::uint64_t{high == kNoHighHalf ? 0 : high} << 32 | u32_at(bytes, offset + 4);
  const std::chrono::nanoseconds fraction{u32_at(bytes, offset + 8)};
  if (seconds >= static_cast<std::uint64_t>(kEnd.count()) || fraction >= std::chrono::seconds{1})
    return std::nullopt;
  const std::chrono::seconds whole{static_cast<std::int64_t>(seconds)};
  return UtcTime{whole + std::chrono::floor<std::chrono::milliseconds>(fraction)};
}

/// Why it is not the answer, as far as its first 28 bytes and its length tell.
std::optional<NotTracking> find_flaw(Bytes bytes, std::uint32_t sequence) {
  if (bytes.size() < kHeaderLength) return NotTracking::kLength;
  if (bytes[0] != kVersion) return NotTracking::kVersion;
  if (bytes[1] != kReply || u16_at(bytes, 2) != 0 || u16_at(bytes, 4) != kTrackingCommand)
    return NotTracking::kKind;
  if (u32_at(bytes, 16) != sequence) return NotTracking::kSequence;
  if (u16_at(bytes, 8) != 0) return NotTracking::kStatus;
  if (u16_at(bytes, 6) != kTrackingReply) return NotTracking::kKind;
  if (bytes.size() != kTrackingLength) return NotTracking::kLength;
  return std::nullopt;
}

void put(TrackingPacket& packet, std::size_t offset, std::size_t size, std::uint32_t value) {
  for (std::size_t i = 0; i < size; ++i)
    packet[offset + i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
}

}  // namespace

const char* to_string(NotTracking reason) {
  static constexpr std::array<const char*, kNotTrackingKinds> kNames{"length",   "version", "kind",
                                                                     "sequence", "status",  "value"};
  return kNames[static_cast<std::size_t>(reason)];
}

TrackingPacket tracking_request(std::uint32_t sequence) {
  TrackingPacket packet{};
  packet[0] = kVersion;
  packet[1] = kRequest;
  put(packet, 4, 2, kTrackingCommand);
  put(packet, 8, 4, sequence);
  return packet;
}

std::variant<Tracking, NotTracking> parse_tracking(std::span<const std::uint8_t> bytes,
                                                   std::uint32_t sequence) {
  if (const auto flaw = find_flaw(bytes, sequence)) return *flaw;
  const std::uint16_t stratum = u16_at(bytes, 52);
  const std::uint16_t leap = u16_at(bytes, 54);
  const auto reference_time = time_at(bytes, 56);
  const auto correction = seconds_at(bytes, 68);
  const auto delay = seconds_at(bytes, 92);
  const auto dispersion = seconds_at(bytes, 96);
  if (stratum > kMaxStratum || leap > static_cast<std::uint16_t>(Leap::kUnsynchronised) || !reference_time ||
      !correction || !delay || !dispersion || *delay < Duration::zero() || *dispersion < Duration::zero())
    return NotTracking::kValue;
  return Tracking{.reference_id = u32_at(bytes, 28),
                  .stratum = stratum,
                  .leap = static_cast<Leap>(leap),
                  .reference_time = *reference_time,
                  .offset = -*correction,
                  .root_delay = *delay,
                  .root_dispersion = *dispersion};
}

}  // namespace submeter::clock
