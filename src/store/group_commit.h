// SPDX-License-Identifier: Apache-2.0
// One turn of the store thread: what was handed over becomes blocks, what was released leaves, room is made,
// the cursor is saved now and then, all in one transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/queue_file.h"
#include "store/retention.h"
#include "submeter/record_queue.h"

namespace submeter::store {

struct GroupCommit {
  std::vector<Record> records;
  std::vector<HeldEntry> held;
  HeldNumber released;
  Sequence acknowledged;
  std::string note;
  bool upkeep = false;  ///< Also save the cursor and remove what is delivered and old.
  bool was_full = false;
};

struct CommitOutcome {
  std::vector<Record> records;  ///< Those of the request, now on disk.
  std::vector<HeldEntry> held;
  Eviction eviction;
  std::optional<HeldRange> held_dropped;
  std::uint64_t bytes_on_disk = 0;
  Sequence oldest;  ///< The first record that is still kept.
  std::optional<UtcTime> oldest_undelivered;
};

/// On failure nothing is known about what reached the disk, and the file takes no more commits.
Result<CommitOutcome> group_commit(QueueFile& file, const Retention& retention, GroupCommit request);

}  // namespace submeter::store
