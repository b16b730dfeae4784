// SPDX-License-Identifier: Apache-2.0
#include "records/recorder.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "records/json.h"

namespace submeter::records {
namespace {

constexpr int kRecordVersion = 1;

/// Whose record it is, before its time.
FlatObject begin_record(RecordKind kind, const Origin& origin) {
  FlatObject object;
  object.number("v", kRecordVersion).text("kind", to_string(kind));
  object.text("site", origin.site).text("gw", origin.gateway);
  return object;
}

/// When it was and where it stands in the stream.
void add_place(FlatObject& object, const Stamp& stamp, std::string_view config, std::string_view stream,
               Sequence seq) {
  object.number("ts", stamp.time.time_since_epoch().count());
  object.text("stream", stream).number("seq", seq.value).text("cfg", config);
  object.text("clock", to_string(stamp.state));
  if (stamp.error_bound) object.number("clk_err_ms", stamp.error_bound->count());
}

void add_quality(FlatObject& object, const Reading& reading, const Stamp& stamp) {
  QualityFlags flags = reading.flags;
  if (stamp.state == ClockState::kUnsynced) flags.set(QualityFlag::kClockUnsynced);
  object.text("q", to_string(reading.quality));
  if (!flags.empty()) object.text("qf", flags.to_string());
  if (!reading.error.empty()) object.text("err", reading.error);
}

const Decimal* find_value(const Reading& reading, std::string_view name) {
  const auto found = std::ranges::find(reading.values, name, &PointValue::name);
  return found == reading.values.end() ? nullptr : &found->value;
}

/// Of the plane of active power (import to the right) and reactive power (inductive upwards), counted from
/// the upper right against the clock, as in IEC 62053-23. Where nothing flows there is none.
std::optional<int> quadrant(const Reading& reading) {
  const Decimal* const active = find_value(reading, "power_kw");
  const Decimal* const reactive = find_value(reading, "reactive_power_kvar");
  if (active == nullptr || reactive == nullptr || (active->is_zero() && reactive->is_zero()))
    return std::nullopt;
  if (reactive->is_negative()) return active->is_negative() ? 3 : 4;
  return active->is_negative() ? 2 : 1;
}

}  // namespace

std::string sample_json(const Sample& sample, const Origin& origin, std::string_view stream, Sequence seq) {
  const Reading& reading = sample.reading;
  FlatObject object = begin_record(RecordKind::kSample, origin);
  object.text("circuit", reading.circuit).text("meter", reading.meter);
  add_place(object, sample.stamp, sample.config, stream, seq);
  if (reading.quality != Quality::kBad) {
    object.number("span_ms", std::chrono::round<std::chrono::milliseconds>(reading.span).count());
  }
  add_quality(object, reading, sample.stamp);
  for (const PointValue& point : reading.values) object.json(point.name, point.value.to_string());
  if (const auto number = quadrant(reading)) object.number("quadrant", *number);
  return object.finish();
}

Recorder::Recorder(RecordQueue& queue, Origin origin) : queue_(queue), origin_(std::move(origin)) {}

bool Recorder::on_sample(const Sample& sample) {
  const Sequence seq = queue_.next_sequence();
  return hand_over({.seq = seq,
                    .kind = RecordKind::kSample,
                    .circuit = sample.reading.circuit,
                    .time = sample.stamp.time,
                    .json = sample_json(sample, origin_, queue_.stream(), seq)});
}

bool Recorder::on_event(const StampedEvent& event) {
  const Sequence seq = queue_.next_sequence();
  FlatObject object = begin_record(RecordKind::kEvent, origin_);
  add_place(object, event.stamp, event.config, queue_.stream(), seq);
  object.text("event", event.event.name).text("text", event.event.text);
  for (const EventField& field : event.event.fields) object.json(field.name, field.json);
  return hand_over({.seq = seq,
                    .kind = RecordKind::kEvent,
                    .circuit = {},
                    .time = event.stamp.time,
                    .json = object.finish()});
}

bool Recorder::hand_over(Record record) {
  const bool taken = queue_.append(std::move(record));
  if (!taken) ++refused_;
  return taken;
}

}  // namespace submeter::records
