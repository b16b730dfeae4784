// SPDX-License-Identifier: Apache-2.0
// Samples and events become records: JSON of SPEC section 7 with the next sequence number, handed to the
// queue. Writes no file and knows no broker. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "submeter/record_queue.h"
#include "submeter/sample.h"

namespace submeter::records {

/// What all records of a gateway carry.
struct Origin {
  std::string site;
  std::string gateway;
};

class Recorder final : public StampedSink {
 public:
  Recorder(RecordQueue& queue, Origin origin);

  bool on_sample(const Sample& sample) override;
  bool on_event(const StampedEvent& event) override;
  /// Records that the queue refused, since start.
  std::uint64_t refused() const { return refused_; }

 private:
  bool hand_over(Record record);

  RecordQueue& queue_;
  Origin origin_;
  std::uint64_t refused_ = 0;
};

/// The bytes of one sample record: flat, units in names, nothing null, numbers exact.
std::string sample_json(const Sample& sample, const Origin& origin, std::string_view stream, Sequence seq);

}  // namespace submeter::records
