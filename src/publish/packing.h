// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "publish/sequence_ranges.h"
#include "publish/topics.h"
#include "submeter/options.h"
#include "submeter/record_queue.h"
#include "submeter/time.h"

namespace submeter::publish {

/// What goes out as one publish: a record, or a batch of records that follow each other.
struct Message {
  SequenceRange range;
  Sequence first;  ///< Of its records; the last is `range.through`.
  std::size_t records = 0;
  std::string topic;
  std::string payload;
  std::size_t bytes = 0;  ///< Of the payload, when it is gone too.

  /// "record 184467 (topic …, 1234 bytes)".
  std::string describe() const;
};

/// How records become messages: each on a topic of its own, or several as a JSON array of their bytes on the
/// batch topic. Pure.
class Packing {
 public:
  /// Of a batch's payload; one record is sent whatever its size.
  static constexpr std::size_t kMostBytes = std::size_t{128} << 10;

  Packing(const Topics& topics, const BatchOptions& options) : topics_(topics), options_(options) {}

  /// Of a whole PUBLISH, at most.
  static std::size_t packet_bytes(std::string_view topic, std::size_t payload);
  /// The broker's Maximum Packet Size.
  void set_packet_limit(std::size_t bytes) { packet_limit_ = bytes; }
  bool fits(const Message& message) const;
  /// Half as many records in a batch from now on. False: there is only one already.
  bool halve();
  /// Records in a message at most.
  std::size_t most_records() const { return options_.records; }
  /// How long the first record of a live batch waits for others.
  Duration delay() const { return options_.delay; }
  /// How many of the first `limit` records of a lane go into its next message.
  std::size_t count(const std::deque<Record>& records, std::size_t limit) const;
  /// Takes that many off the lane. `after`: where the lane stood.
  Message take(std::deque<Record>& records, std::size_t count, Sequence after) const;

 private:
  bool batched() const { return options_.delay > Duration::zero(); }
  std::size_t most_bytes() const;

  const Topics& topics_;
  BatchOptions options_;
  std::size_t packet_limit_ = SIZE_MAX;
};

}  // namespace submeter::publish
