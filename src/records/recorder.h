// SPDX-License-Identifier: Apache-2.0
// Samples and events become records: JSON of SPEC section 7 with the next sequence number, handed to the
// queue. Writes no file and knows no broker. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "records/json.h"
#include "submeter/clock.h"
#include "submeter/record_queue.h"
#include "submeter/sample.h"

namespace submeter::records {

/// What all records of a gateway carry.
struct Origin {
  std::string site;
  std::string gateway;
  std::string config_digest;
};

/// One field of an event beyond those every record has; `json` is a finished JSON value.
struct EventField {
  std::string name;
  std::string json;
};

class Recorder final : public SampleSink {
 public:
  Recorder(RecordQueue& queue, Origin origin);

  void on_sample(const Sample& sample) override;
  /// `event`: clock_step, config_changed, store_dropped, …; `text` says it to a person. Because (circuit,
  /// kind, ts) is a record's key, events of the same millisecond are stamped a millisecond apart.
  void on_event(std::string_view event, std::string_view text, const Stamp& stamp,
                const std::vector<EventField>& fields = {});
  /// After a reload.
  void set_config_digest(std::string digest) { origin_.config_digest = std::move(digest); }
  /// Records that the queue refused, since start.
  std::uint64_t refused() const { return refused_; }

 private:
  UtcTime free_event_time(UtcTime time);
  void hand_over(Record record);

  RecordQueue& queue_;
  Origin origin_;
  std::uint64_t refused_ = 0;
  UtcTime last_event_ = UtcTime::min();
};

/// The bytes of one sample record: flat, units in names, nothing null, numbers exact.
std::string sample_json(const Sample& sample, const Origin& origin, std::string_view stream, Sequence seq);

}  // namespace submeter::records
