// SPDX-License-Identifier: Apache-2.0
#include "records/recorder.h"

#include <chrono>
#include <utility>

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
void add_place(FlatObject& object, const Stamp& stamp, const Origin& origin, std::string_view stream,
               Sequence seq) {
  object.number("ts", stamp.time.time_since_epoch().count());
  object.text("stream", stream).number("seq", seq.value).text("cfg", origin.config_digest);
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

}  // namespace

std::string sample_json(const Sample& sample, const Origin& origin, std::string_view stream, Sequence seq) {
  const Reading& reading = sample.reading;
  FlatObject object = begin_record(RecordKind::kSample, origin);
  object.text("circuit", reading.circuit).text("meter", reading.meter);
  add_place(object, sample.stamp, origin, stream, seq);
  if (reading.quality != Quality::kBad) {
    object.number("span_ms", std::chrono::round<std::chrono::milliseconds>(reading.span).count());
  }
  add_quality(object, reading, sample.stamp);
  for (const PointValue& point : reading.values) object.json(point.name, point.value.to_string());
  return object.finish();
}

Recorder::Recorder(RecordQueue& queue, Origin origin) : queue_(queue), origin_(std::move(origin)) {}

void Recorder::on_sample(const Sample& sample) {
  const Sequence seq = queue_.next_sequence();
  hand_over({.seq = seq,
             .kind = RecordKind::kSample,
             .circuit = sample.reading.circuit,
             .time = sample.stamp.time,
             .json = sample_json(sample, origin_, queue_.stream(), seq)});
}

void Recorder::on_event(std::string_view event, std::string_view text, const Stamp& stamp,
                        const std::vector<EventField>& fields) {
  Stamp own_stamp = stamp;
  own_stamp.time = free_event_time(stamp.time);
  const Sequence seq = queue_.next_sequence();
  FlatObject object = begin_record(RecordKind::kEvent, origin_);
  add_place(object, own_stamp, origin_, queue_.stream(), seq);
  object.text("event", event).text("text", text);
  for (const EventField& field : fields) object.json(field.name, field.json);
  hand_over({.seq = seq,
             .kind = RecordKind::kEvent,
             .circuit = {},
             .time = own_stamp.time,
             .json = object.finish()});
}

UtcTime Recorder::free_event_time(UtcTime time) {
  constexpr std::chrono::milliseconds kOne{1};
  constexpr std::chrono::milliseconds kBurst{
      1000};  // Further back, the clock was stepped and the time is new.
  if (time <= last_event_ && last_event_ - time < kBurst) time = last_event_ + kOne;
  last_event_ = time;
  return time;
}

void Recorder::hand_over(Record record) {
  if (!queue_.append(std::move(record))) ++refused_;
}

}  // namespace submeter::records
