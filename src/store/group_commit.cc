// SPDX-License-Identifier: Apache-2.0
#include "store/group_commit.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "store/block.h"
#include "store/held_block.h"

namespace submeter::store {
namespace {

std::uint64_t bytes_of(const std::vector<Record>& records) {
  return std::accumulate(records.begin(), records.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Record& record) {
                           return sum + kRecordOverhead + record.circuit.size() + record.json.size();
                         });
}

std::uint64_t bytes_of(const std::vector<HeldEntry>& entries) {
  return std::accumulate(
      entries.begin(), entries.end(), std::uint64_t{0},
      [](std::uint64_t sum, const HeldEntry& entry) { return sum + kHeldOverhead + entry.text.size(); });
}

/// What is lost will not be delivered: the cursor steps over it.
Sequence cursor_after(const GroupCommit& request, const Eviction& eviction) {
  return eviction.lost ? std::max(request.acknowledged, eviction.lost->last) : request.acknowledged;
}

struct Losses {
  Eviction eviction;
  std::optional<HeldRange> held;
};

/// What was released leaves first, so that it makes room for the records that it became.
Result<Losses> make_room(QueueFile& file, const Retention& retention, const GroupCommit& request) {
  if (Result<void> done = file.held().release(request.released); !done) return done.error();
  const std::uint64_t held = bytes_of(request.held);
  // A full store opens again only when there is clearly room, or it would open and shut with every record.
  const std::uint64_t needed = bytes_of(request.records) + held + (request.was_full ? retention.margin() : 0);
  const Result<Eviction> eviction = retention.make_room(file, needed, request.acknowledged);
  if (!eviction) return eviction.error();
  const Result<std::optional<HeldRange>> dropped = retention.bound_held(file, held, *eviction);
  if (!dropped) return dropped.error();
  return Losses{.eviction = *eviction, .held = *dropped};
}

Result<Losses> write(QueueFile& file, const Retention& retention, const GroupCommit& request) {
  Result<Losses> losses = make_room(file, retention, request);
  if (!losses) return losses;
  if (Result<void> done = file.add(request.records); !done) return done.error();
  if (Result<void> done = file.held().add(request.held); !done) return done.error();
  if (request.upkeep) {
    if (Result<void> done = retention.drop_expired(file, request.acknowledged); !done) return done.error();
  }
  if (request.upkeep || losses->eviction.lost) {
    const Sequence cursor = cursor_after(request, losses->eviction);
    if (Result<void> done = file.save_state(cursor, request.note); !done) return done.error();
  }
  return losses;
}

}  // namespace

Result<CommitOutcome> group_commit(QueueFile& file, const Retention& retention, GroupCommit request) {
  if (Result<void> begun = file.begin(); !begun) return begun.error();
  const Result<Losses> losses = write(file, retention, request);
  const Result<void> done = losses ? file.commit() : Result<void>(losses.error());
  if (!done) {
    file.roll_back();
    return done.error();
  }
  CommitOutcome outcome;
  outcome.eviction = losses->eviction;
  outcome.held_dropped = losses->held;
  outcome.bytes_on_disk = file.bytes_on_disk();
  outcome.oldest = file.oldest();
  const auto oldest = file.oldest_time_after(cursor_after(request, losses->eviction));
  if (!oldest) return oldest.error();
  outcome.oldest_undelivered = *oldest;
  outcome.records = std::move(request.records);
  outcome.held = std::move(request.held);
  return outcome;
}

}  // namespace submeter::store
