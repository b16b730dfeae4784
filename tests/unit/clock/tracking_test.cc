// SPDX-License-Identifier: Apache-2.0
#include "clock/tracking.h"

#include <limits>
#include <optional>

#include "tests/unit/clock/tracking_packets.h"

namespace submeter::clock {
namespace {

using namespace std::chrono_literals;

std::optional<Tracking> tracking_of(const Datagram& bytes, std::uint32_t sequence) {
  const auto parsed = parse_tracking(bytes, sequence);
  const auto* tracking = std::get_if<Tracking>(&parsed);
  return tracking != nullptr ? std::optional(*tracking) : std::nullopt;
}

std::optional<NotTracking> refusal_of(const Datagram& bytes) {
  const auto parsed = parse_tracking(bytes, kSlowSequence);
  const auto* reason = std::get_if<NotTracking>(&parsed);
  return reason != nullptr ? std::optional(*reason) : std::nullopt;
}

/// kSlow with another 32-bit word at `offset`.
Datagram changed(std::size_t offset, std::uint32_t word) {
  Datagram bytes = from_hex(kSlow);
  put_u32(bytes, offset, word);
  return bytes;
}

std::optional<Duration> offset_of(std::uint32_t correction) {
  const auto tracking = tracking_of(changed(68, correction), kSlowSequence);
  return tracking ? std::optional(tracking->offset) : std::nullopt;
}

/// A number of the packet: coefficient · 2^(exponent − 25).
constexpr std::uint32_t number(int exponent, int coefficient) {
  return static_cast<std::uint32_t>(exponent) << 25 | (static_cast<std::uint32_t>(coefficient) & 0x1ffffff);
}
constexpr int kMaxCoefficient = (1 << 24) - 1;
constexpr int kMinCoefficient = -(1 << 24);

TEST(TrackingRequest, IsTheOneOfChronyc) {
  Datagram expected = from_hex(kSlowRequest);
  expected.resize(104);
  const TrackingPacket request = tracking_request(kSlowSequence);
  EXPECT_EQ(Datagram(request.begin(), request.end()), expected);
}

TEST(ParseTracking, ReadsWhatChronycReadsOfASlowClock) {
  const auto tracking = tracking_of(from_hex(kSlow), kSlowSequence);
  ASSERT_TRUE(tracking);
  EXPECT_EQ(tracking->reference_id, 0x7f000001U);
  EXPECT_EQ(tracking->stratum, 3);
  EXPECT_EQ(tracking->leap, Leap::kNone);
  EXPECT_EQ(tracking->reference_time, UtcTime(1'795'253'197'054ms));
  EXPECT_EQ(tracking->offset, -200'057'298ns);
  EXPECT_EQ(tracking->root_delay, 30'186'515ns);
  EXPECT_EQ(tracking->root_dispersion, 10'052'026ns);
}

TEST(ParseTracking, ReadsWhatChronycReadsOfAFastClock) {
  const auto tracking = tracking_of(from_hex(kFast), 0x589720ed);
  ASSERT_TRUE(tracking);
  EXPECT_EQ(tracking->reference_time, UtcTime(1'795'253'192'978ms));
  EXPECT_EQ(tracking->offset, 199'935'675ns);
  EXPECT_EQ(tracking->root_delay, 30'212'060ns);
  EXPECT_EQ(tracking->root_dispersion, 10'108'447ns);
}

TEST(ParseTracking, ReadsALocalReference) {
  const auto tracking = tracking_of(from_hex(kLocal), 0xb2449595);
  ASSERT_TRUE(tracking);
  EXPECT_EQ(tracking->reference_id, 0x7f7f0101U);
  EXPECT_EQ(tracking->stratum, 3);
  EXPECT_EQ(tracking->leap, Leap::kNone);
  EXPECT_EQ(tracking->reference_time, UtcTime(1'795'253'196'252ms));
  EXPECT_EQ(tracking->offset, 0ns);
  EXPECT_EQ(tracking->root_delay, 0ns);
  EXPECT_EQ(tracking->root_dispersion, 0ns);
}

TEST(ParseTracking, ReadsThatThereIsNoSource) {
  const auto tracking = tracking_of(from_hex(kNoSource), 0x5eed1234);
  ASSERT_TRUE(tracking);
  EXPECT_EQ(tracking->reference_id, 0U);
  EXPECT_EQ(tracking->stratum, 0);
  EXPECT_EQ(tracking->leap, Leap::kUnsynchronised);
  EXPECT_EQ(tracking->reference_time, UtcTime(0ms));
  EXPECT_EQ(tracking->root_delay, 1s);
  EXPECT_EQ(tracking->root_dispersion, 1s);
}

TEST(ParseTracking, RefusesAnAnswerTruncatedAtAnyLength) {
  const Datagram whole = from_hex(kSlow);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Datagram part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(refusal_of(part), NotTracking::kLength) << length;
  }
}

TEST(ParseTracking, RefusesALongerAnswer) {
  for (const std::size_t length : {105U, 512U, 1025U}) {
    Datagram bytes = from_hex(kSlow);
    bytes.resize(length);
    EXPECT_EQ(refusal_of(bytes), NotTracking::kLength) << length;
  }
}

TEST(ParseTracking, RefusesAHeaderWithAnyByteFlipped) {
  const auto reason_of = [](std::size_t offset) -> std::optional<NotTracking> {
    if (offset == 0) return NotTracking::kVersion;
    if (offset < 8) return NotTracking::kKind;
    if (offset < 10) return NotTracking::kStatus;
    if (offset >= 16 && offset < 20) return NotTracking::kSequence;
    return std::nullopt;  // padding, which chronyc does not look at either
  };
  for (std::size_t offset = 0; offset < 28; ++offset) {
    for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
      Datagram bytes = from_hex(kSlow);
      bytes[offset] = static_cast<std::uint8_t>(bytes[offset] ^ flip);
      EXPECT_EQ(refusal_of(bytes), reason_of(offset)) << offset << " ^ " << flip;
    }
  }
}

TEST(ParseTracking, KnowsARefusalWhichIsAHeaderOnly) {
  // "501 Not authorised" as chronyd's cmdmon.c makes it: reply 1, status 2, nothing behind the header.
  const Datagram bytes = from_hex("060200000021000100020000000000000f137c5e0000000000000000");
  EXPECT_EQ(refusal_of(bytes), NotTracking::kStatus);
}

TEST(ParseTracking, KnowsAnotherProtocolVersionWhateverItsLength) {
  // chronyd of protocol 5: status 18, bad packet version.
  const Datagram bytes = from_hex("050200000021000100120000000000000f137c5e0000000000000000");
  EXPECT_EQ(refusal_of(bytes), NotTracking::kVersion);
}

TEST(ParseTracking, TakesNumbersAtTheEdgesOfTheFormat) {
  EXPECT_EQ(offset_of(0), 0ns);
  EXPECT_EQ(offset_of(number(2, 1 << 23)), -1s);
  EXPECT_EQ(offset_of(number(1, -(1 << 24))), 1s);
  EXPECT_EQ(offset_of(number(0, -1)), 30ns);  // 2^−25 s = 29.8 ns
  EXPECT_EQ(offset_of(number(-1, kMaxCoefficient)), -250ms + 15ns);
  EXPECT_EQ(offset_of(number(-64, kMaxCoefficient)), 0ns);
  EXPECT_EQ(offset_of(number(-64, kMinCoefficient)), 0ns);
  EXPECT_EQ(offset_of(number(63, 0)), 0ns);
}

TEST(ParseTracking, RefusesTimesThatAreTooLongForADuration) {
  EXPECT_EQ(offset_of(number(63, 1)), std::nullopt);
  EXPECT_EQ(offset_of(number(63, kMaxCoefficient)), std::nullopt);
  EXPECT_EQ(offset_of(number(63, kMinCoefficient)), std::nullopt);
  // kLongestTime is 11 718 750 · 2^8 s.
  for (const int sign : {-1, 1}) {
    EXPECT_EQ(offset_of(number(33, sign * 11'718'749)), -sign * (kLongestTime - 256s));
    EXPECT_EQ(offset_of(number(33, sign * 11'718'750)), -sign * kLongestTime);
    EXPECT_EQ(offset_of(number(33, sign * 11'718'751)), std::nullopt);
  }
  for (const std::size_t offset : {92U, 96U}) {
    EXPECT_EQ(refusal_of(changed(offset, number(33, 11'718'750))), std::nullopt);
    EXPECT_EQ(refusal_of(changed(offset, number(33, 11'718'751))), NotTracking::kValue);
  }
}

TEST(ParseTracking, RefusesANegativeRootDelayOrDispersion) {
  for (const std::size_t offset : {92U, 96U}) {
    EXPECT_EQ(refusal_of(changed(offset, 0)), std::nullopt);
    EXPECT_EQ(refusal_of(changed(offset, number(0, -1))), NotTracking::kValue);
    EXPECT_EQ(refusal_of(changed(offset, number(63, kMinCoefficient))), NotTracking::kValue);
  }
}

TEST(ParseTracking, RefusesStrataAndLeapsThatDoNotExist) {
  const auto with = [](std::uint32_t stratum, std::uint32_t leap) {
    return refusal_of(changed(52, stratum << 16 | leap));
  };
  EXPECT_EQ(with(15, 0), std::nullopt);
  EXPECT_EQ(with(16, 0), std::nullopt);
  EXPECT_EQ(with(17, 0), NotTracking::kValue);
  EXPECT_EQ(with(0xffff, 0), NotTracking::kValue);
  EXPECT_EQ(with(3, 2), std::nullopt);
  EXPECT_EQ(with(3, 3), std::nullopt);
  EXPECT_EQ(with(3, 4), NotTracking::kValue);
  EXPECT_EQ(with(3, 0x100), NotTracking::kValue);
}

TEST(ParseTracking, ReadsLeapSecondsAnnounced) {
  EXPECT_EQ(tracking_of(changed(52, 3 << 16 | 1), kSlowSequence)->leap, Leap::kInsert);
  EXPECT_EQ(tracking_of(changed(52, 3 << 16 | 2), kSlowSequence)->leap, Leap::kDelete);
}

TEST(ParseTracking, ReadsAReferenceTimeOfASystemWith32BitTimes) {
  const auto tracking = tracking_of(changed(56, 0x7fffffff), kSlowSequence);
  ASSERT_TRUE(tracking);
  EXPECT_EQ(tracking->reference_time, UtcTime(1'795'253'197'054ms));
}

TEST(ParseTracking, RefusesReferenceTimesThatAreNone) {
  const auto with = [](std::uint64_t seconds, std::uint32_t nanoseconds) {
    Datagram bytes = changed(56, static_cast<std::uint32_t>(seconds >> 32));
    put_u32(bytes, 60, static_cast<std::uint32_t>(seconds));
    put_u32(bytes, 64, nanoseconds);
    return refusal_of(bytes);
  };
  EXPECT_EQ(with(0, 999'999'999), std::nullopt);
  EXPECT_EQ(with(0, 1'000'000'000), NotTracking::kValue);
  EXPECT_EQ(with(0, 0xffffffff), NotTracking::kValue);
  // 2^63 ns are 9 223 372 036.854… s: the last whole second before it counts no more.
  EXPECT_EQ(with(9'223'372'035, 999'999'999), std::nullopt);
  EXPECT_EQ(with(9'223'372'036, 0), NotTracking::kValue);
  EXPECT_EQ(with(std::numeric_limits<std::uint64_t>::max(), 0), NotTracking::kValue);
}

TEST(NotTrackingNames, AreTheWordsOfTheStatus) {
  EXPECT_STREQ(to_string(NotTracking::kLength), "length");
  EXPECT_STREQ(to_string(NotTracking::kVersion), "version");
  EXPECT_STREQ(to_string(NotTracking::kKind), "kind");
  EXPECT_STREQ(to_string(NotTracking::kSequence), "sequence");
  EXPECT_STREQ(to_string(NotTracking::kStatus), "status");
  EXPECT_STREQ(to_string(NotTracking::kValue), "value");
}

}  // namespace
}  // namespace submeter::clock
