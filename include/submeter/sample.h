// SPDX-License-Identifier: Apache-2.0
// What was read from a circuit at one instant: first as a Reading on the monotonic clock, then stamped, as a
// Sample. What happens to the gateway itself goes the same way: Event, then StampedEvent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "submeter/clock.h"
#include "submeter/decimal.h"
#include "submeter/event.h"
#include "submeter/time.h"

namespace submeter {

/// Reasons for less than good quality; their names stand in a record's `qf`.
enum class QualityFlag : std::uint16_t {
  kCommTimeout = 1 << 0,
  kCrc = 1 << 1,
  kException = 1 << 2,
  kPartial = 1 << 3,
  kClockUnsynced = 1 << 4,
  kClockStepped = 1 << 5,
  kStale = 1 << 6,
  kOutOfRange = 1 << 7,
  kHeld = 1 << 8,
  kSimulated = 1 << 9,
  kCtSuspect = 1 << 10,  ///< A current transformer, or its wiring, may be wrong: values may be by a factor.
};

/// A set of flags.
class QualityFlags {
 public:
  void set(QualityFlag flag) { bits_ = static_cast<std::uint16_t>(bits_ | static_cast<std::uint16_t>(flag)); }
  bool has(QualityFlag flag) const { return (bits_ & static_cast<std::uint16_t>(flag)) != 0; }
  bool empty() const { return bits_ == 0; }
  /// "comm_timeout partial", in the order of the declaration.
  std::string to_string() const;
  /// What to_string() wrote; unknown words are left out.
  static QualityFlags parse(std::string_view names);
  bool operator==(const QualityFlags&) const = default;

 private:
  std::uint16_t bits_ = 0;
};

enum class Quality : std::uint8_t {
  kGood,
  kQuestionable,  ///< Values are there; a flag says what is wrong with some.
  kBad,           ///< No value.
};

/// "good", "questionable", "bad": a record's `q`.
const char* to_string(Quality quality);
std::optional<Quality> parse_quality(std::string_view name);

/// One value in the published unit, on the primary side of the CTs. `name` is a point name of
/// meters/points.h.
struct PointValue {
  std::string name;
  Decimal value;
  bool operator==(const PointValue&) const = default;
};

/// One circuit at one instant of the monotonic clock.
struct Reading {
  std::string circuit;
  std::string meter;
  MonoTime instant{};  ///< Midpoint between request sent and response received; of a silent meter: when it
                       ///< was due.
  MonoTime due{};      ///< When it was to be taken.
  Duration span{};     ///< From the first request sent to the last response received.
  Quality quality = Quality::kGood;
  QualityFlags flags;
  std::string error;  ///< For people; empty when good.
  std::vector<PointValue> values;
  bool operator==(const Reading&) const = default;
};

/// A reading with the time it was taken.
struct Sample {
  Reading reading;
  Stamp stamp;
  std::string config;  ///< Digest of the configuration it was read under.
};

/// An event with the time it happened.
struct StampedEvent {
  Event event;
  Stamp stamp;
  std::string config;
};

/// Takes readings as they come from a bus, and what was found out about its meters, on the loop.
class ReadingSink {
 public:
  virtual ~ReadingSink() = default;
  virtual void on_reading(Reading reading) = 0;
  virtual void on_event(Event event) = 0;
};

/// Takes what has its time, on the loop, in order. False: it cannot be taken now, which the sink counts.
class StampedSink {
 public:
  virtual ~StampedSink() = default;
  virtual bool on_sample(const Sample& sample) = 0;
  virtual bool on_event(const StampedEvent& event) = 0;
};

}  // namespace submeter
