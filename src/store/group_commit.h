// SPDX-License-Identifier: Apache-2.0
// One turn of the store thread: what was handed over becomes blocks, what was released leaves, room is made,
// the cursor is saved now and then, all in one transaction.
//
// A full disk is not a failure: nothing was written, what was handed over comes back, and from then on the
// oldest records make room within the file as it is, with the ballast (store/ballast.h) thrown out so that
// they can.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/ballast.h"
#include "store/queue_file.h"
#include "store/retention.h"
#include "store/stored_block.h"
#include "submeter/options.h"
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
  Packing packing = Packing::kWhereQuick;
  /// Up to here an event tells of evicted records, and is among `records` or `held`.
  Sequence losses_told;
};

struct CommitOutcome {
  /// The disk is full: `records` and `held` come back, and nothing else is told.
  bool out_of_space = false;
  std::vector<Record> records;  ///< Those of the request, now on disk.
  std::vector<HeldEntry> held;
  Eviction eviction;
  std::optional<HeldRange> held_dropped;
  std::uint64_t bytes_on_disk = 0;
  Sequence oldest;  ///< The first record that is still kept.
  std::optional<UtcTime> oldest_undelivered;
};

/// Commits to a file; on the store thread.
class Committer {
 public:
  /// `options`: of the store.
  explicit Committer(const StoreOptions& options, const std::string& queue_path);
  /// On failure nothing is known about what reached the disk, and the file takes no more commits.
  Result<CommitOutcome> commit(QueueFile& file, GroupCommit request);

 private:
  struct Losses {
    Eviction eviction;
    std::optional<HeldRange> held;
  };
  enum class Attempt : std::uint8_t { kDone, kOutOfSpace };
  Result<Attempt> attempt(QueueFile& file, const GroupCommit& request, Losses& losses);
  Result<void> write(QueueFile& file, const GroupCommit& request, Losses& losses);
  static Result<void> spare_log(QueueFile& file);
  Result<void> make_room(QueueFile& file, const GroupCommit& request, Losses& losses);

  Retention retention_;
  Ballast ballast_;
  Retention::Growth growth_ = Retention::Growth::kAllowed;
};

}  // namespace submeter::store
