// SPDX-License-Identifier: Apache-2.0
// The row `state` of queue.db: what is true of the queue beyond its blocks. It carries a checksum of its own,
// because a cursor that moved by itself would pass records over. Used by one thread at a time; calls block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "store/queue_database.h"
#include "store/sequence_range.h"
#include "submeter/ids.h"
#include "submeter/result.h"

namespace submeter::store {

struct QueueState {
  std::string stream;
  std::string owner;      ///< The gateway whose records these are: "hq/gw-0042"; empty before it was noted.
  Sequence began{1};      ///< The first record of the stream; blocks before it are of earlier streams.
  Sequence ended;         ///< The last record of the stream before.
  Sequence newest;        ///< That was reached at least; for plausibility.
  Sequence acknowledged;  ///< The cursor.
  Sequence packed;        ///< Up to it blocks are as large and as small as they get.
  std::optional<SequenceRange> lost;  ///< Evicted undelivered, and the event about it is not on disk.
  std::string note;                   ///< What stamping wants back at the next start.
  std::vector<std::uint8_t> times;    ///< store/latest_times.h
  bool operator==(const QueueState&) const = default;
};

/// As it stands in a file of this version. Fails where it does not match its checksum, unless it was never
/// saved: by a new file, whose stream has no name, or an older version (`unsummed`).
Result<QueueState> read_state(Database& database, bool unsummed);

class StateTable {
 public:
  explicit StateTable(QueueDatabase& database) : database_(database) {}
  /// First call.
  Result<void> prepare();
  Result<void> save(const QueueState& state);

 private:
  QueueDatabase& database_;
  Statement save_;
};

}  // namespace submeter::store
