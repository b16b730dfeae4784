// SPDX-License-Identifier: Apache-2.0
// The durable queue between the recorder and the forwarder. SPEC section 8; production: store/sqlite_queue.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter {

enum class RecordKind : std::uint8_t { kSample = 1, kInterval = 2, kEvent = 3 };

/// "sample", "interval", "event": a record's `kind` and the last level of its topic.
const char* to_string(RecordKind kind);

/// One record of the record plane. The JSON is final: it is sent, and sent again, as these bytes.
struct Record {
  Sequence seq;
  RecordKind kind = RecordKind::kSample;
  std::string circuit;  ///< Empty for an event of the whole gateway.
  UtcTime time{};
  std::string json;
  bool operator==(const Record&) const = default;
};

/// Figures for status and health.
struct QueueStatus {
  std::uint64_t undelivered = 0;  ///< Committed and not yet acknowledged by the broker.
  std::uint64_t uncommitted = 0;  ///< Taken, not yet on disk.
  std::uint64_t refused = 0;      ///< Not taken because the hand-over to the disk was full; since start.
  std::uint64_t dropped = 0;      ///< Lost before delivery, evicted or damaged; since start.
  std::uint64_t bytes_on_disk = 0;
  UtcTime oldest_undelivered{};  ///< Its `ts`; 0 when there is none.
};

/// All calls on the loop thread, all callbacks from the loop. Never blocks: the disk works on a thread of its
/// own.
class RecordQueue {
 public:
  using CommitListener = std::function<void(std::span<const Record>)>;
  using Reader = std::function<void(std::vector<Record>)>;

  virtual ~RecordQueue() = default;
  /// The stream's random name, made with the store.
  virtual const std::string& stream() const = 0;
  /// What the next record must carry: one more than any that was ever appended.
  virtual Sequence next_sequence() const = 0;
  /// Takes a record for the next group commit. False: the bounded hand-over is full, nothing was taken, the
  /// sequence number is still free.
  virtual bool append(Record record) = 0;
  /// Told of every record once it is on disk, in order.
  virtual void on_commit(CommitListener listener) = 0;
  /// Reads up to `limit` committed records after `after`, in order; an empty answer means there are none.
  virtual void read_after(Sequence after, std::size_t limit, Reader reader) = 0;
  /// The broker has everything up to and including `through`.
  virtual void acknowledge(Sequence through) = 0;
  /// Everything up to it is acknowledged, or was evicted and will never be.
  virtual Sequence acknowledged() const = 0;
  virtual QueueStatus status() const = 0;
};

}  // namespace submeter
