// SPDX-License-Identifier: Apache-2.0
#include "store/group_commit.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "store/block.h"

namespace submeter::store {
namespace {

std::uint64_t bytes_of(const std::vector<Record>& records) {
  return std::accumulate(records.begin(), records.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Record& record) {
                           return sum + kRecordOverhead + record.circuit.size() + record.json.size();
                         });
}

/// What is lost will not be delivered: the cursor steps over it.
Sequence cursor_after(const GroupCommit& request, const Eviction& eviction) {
  return eviction.lost ? std::max(request.acknowledged, eviction.lost->last) : request.acknowledged;
}

Result<Eviction> write(QueueFile& file, const Retention& retention, const GroupCommit& request) {
  // A full store opens again only when there is clearly room, or it would open and shut with every record.
  const std::uint64_t needed = bytes_of(request.records) + (request.was_full ? retention.margin() : 0);
  Result<Eviction> eviction = retention.make_room(file, needed, request.acknowledged);
  if (!eviction) return eviction;
  if (Result<void> done = file.add(request.records); !done) return done.error();
  if (request.upkeep) {
    if (Result<void> done = retention.drop_expired(file, request.acknowledged); !done) return done.error();
  }
  if (request.upkeep || eviction->lost) {
    if (Result<void> done = file.save_cursor(cursor_after(request, *eviction)); !done) return done.error();
  }
  return eviction;
}

}  // namespace

Result<CommitOutcome> group_commit(QueueFile& file, const Retention& retention, GroupCommit request) {
  if (Result<void> begun = file.begin(); !begun) return begun.error();
  const Result<Eviction> eviction = write(file, retention, request);
  const Result<void> done = eviction ? file.commit() : Result<void>(eviction.error());
  if (!done) {
    file.roll_back();
    return done.error();
  }
  CommitOutcome outcome;
  outcome.eviction = *eviction;
  outcome.bytes_on_disk = file.bytes_on_disk();
  const auto oldest = file.oldest_time_after(cursor_after(request, *eviction));
  if (!oldest) return oldest.error();
  outcome.oldest_undelivered = *oldest;
  outcome.records = std::move(request.records);
  return outcome;
}

}  // namespace submeter::store
