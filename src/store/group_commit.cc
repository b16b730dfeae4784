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

}  // namespace

Committer::Committer(const StoreOptions& options, const std::string& queue_path)
    : retention_(options), ballast_(queue_path, options.max_size) {
  ballast_.load();
}

/// What was released leaves first, so that it makes room for the records that it became.
Result<void> Committer::make_room(QueueFile& file, const GroupCommit& request, Losses& losses) {
  if (Result<void> done = file.held().release(request.released); !done) return done;
  const std::uint64_t held = bytes_of(request.held);
  // A full store opens again only when there is clearly room, or it would open and shut with every record.
  const std::uint64_t needed =
      bytes_of(request.records) + held + (request.was_full ? retention_.margin() : 0);
  const Result<Eviction> eviction = retention_.make_room(file, needed, request.acknowledged, growth_);
  if (!eviction) return eviction.error();
  losses.eviction = *eviction;
  const Result<std::optional<HeldRange>> dropped = retention_.bound_held(file, held, *eviction);
  if (!dropped) return dropped.error();
  losses.held = *dropped;
  return {};
}

Result<void> Committer::write(QueueFile& file, const GroupCommit& request, Losses& losses) {
  if (Result<void> done = make_room(file, request, losses); !done) return done;
  if (Result<void> done = file.add(request.records, request.packing); !done) return done;
  if (Result<void> done = file.held().add(request.held); !done) return done;
  if (request.upkeep) {
    if (Result<void> done = retention_.drop_expired(file, request.acknowledged); !done) return done;
  }
  if (Result<void> done = file.forget_lost(request.losses_told); !done) return done;
  const std::optional<SequenceRange> lost = losses.eviction.lost;
  if (!request.upkeep && !lost) return {};
  if (Result<void> done = file.save_state(cursor_after(request, losses.eviction), request.note); !done)
    return done;
  return lost ? file.add_lost(*lost) : Result<void>();
}

Result<Committer::Attempt> Committer::attempt(QueueFile& file, const GroupCommit& request, Losses& losses) {
  losses = {};
  if (Result<void> begun = file.begin(); !begun) return begun.error();
  Result<void> done = write(file, request, losses);
  if (done) done = file.commit(request.acknowledged);
  if (done) return Attempt::kDone;
  if (!file.out_of_space()) {
    file.roll_back();
    return done.error();
  }
  growth_ = Retention::Growth::kNone;
  if (Result<void> undone = file.undo(); !undone) return undone.error();
  return Attempt::kOutOfSpace;
}

// A log that begins anew with each commit needs no more room than it has.
Result<void> Committer::spare_log(QueueFile& file) {
  Result<void> done = file.checkpoint();
  return file.out_of_space() ? Result<void>() : done;
}

Result<CommitOutcome> Committer::commit(QueueFile& file, GroupCommit request) {
  if (request.upkeep) {
    if (Result<void> sound = file.check_identity(); !sound) return sound.error();
    if (ballast_.load()) growth_ = Retention::Growth::kAllowed;
  }
  Losses losses;
  Result<Attempt> attempted = attempt(file, request, losses);
  if (attempted && *attempted == Attempt::kOutOfSpace && ballast_.throw_out()) {
    if (Result<void> done = spare_log(file); !done) return done.error();
    attempted = attempt(file, request, losses);
  }
  if (!attempted) return attempted.error();
  if (growth_ == Retention::Growth::kNone) {
    if (Result<void> done = spare_log(file); !done) return done.error();
  }
  CommitOutcome outcome;
  outcome.records = std::move(request.records);
  outcome.held = std::move(request.held);
  outcome.out_of_space = *attempted == Attempt::kOutOfSpace;
  if (outcome.out_of_space) return outcome;
  outcome.eviction = losses.eviction;
  outcome.held_dropped = losses.held;
  outcome.bytes_on_disk = file.bytes_on_disk();
  outcome.oldest = file.oldest();
  const auto oldest = file.oldest_time_after(cursor_after(request, losses.eviction));
  if (!oldest) return oldest.error();
  outcome.oldest_undelivered = *oldest;
  return outcome;
}

}  // namespace submeter::store
