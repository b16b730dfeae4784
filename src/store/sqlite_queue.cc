// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/log.h"
#include "store/repacking.h"
#include "store/set_aside.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr const char* kDropped = "store_dropped";
constexpr const char* kDamaged = "store_damaged";

/// Passes a result on; damage is remembered for the next start, which replaces the file.
template <class Value>
Result<Value> watched(QueueFile& file, Result<Value> result) {
  if (!result && file.damaged()) mark_damaged(file.path(), result.error().message);
  return result;
}

}  // namespace

Result<std::unique_ptr<SqliteQueue>> SqliteQueue::open(Loop& loop, const StoreOptions& options,
                                                       Random& random, const std::string& owner) {
  Result<Start> start = begin(options, random, owner);
  // Damage that shows itself behind the opening is marked: the second time the file is replaced.
  if (!start && damage_mark(options.dir + "/queue.db")) start = begin(options, random, owner);
  if (!start) return start.error();
  return std::unique_ptr<SqliteQueue>(new SqliteQueue(loop, options, std::move(*start)));
}

Result<SqliteQueue::Start> SqliteQueue::begin(const StoreOptions& options, Random& random,
                                              const std::string& owner) {
  Result<OpenedQueue> opened = open_queue(options, random, owner);
  if (!opened) return opened.error();
  QueueFile& file = *opened->file;
  const auto oldest = watched(file, file.oldest_time_after(file.acknowledged()));
  if (!oldest) return oldest.error();
  const auto lost = file.lost();
  return Start{std::move(*opened), *oldest, lost};
}

SqliteQueue::SqliteQueue(Loop& loop, const StoreOptions& options, Start start)
    : commit_interval_(options.commit_interval),
      largest_block_(options.max_size / kLeastBlocks),
      lock_(std::move(start.opened.lock)),
      path_(start.opened.file->path()),
      stream_(start.opened.file->stream()),
      oldest_(start.opened.file->oldest()),
      taken_(start.opened.file->newest()),
      committed_(taken_),
      acknowledged_(start.opened.file->acknowledged()),
      hole_(start.opened.file->hole()),
      note_(start.opened.file->note()),
      untold_events_(std::move(start.opened.events)),
      losses_(loop,
              [this](SequenceRange lost) {
                emit({.name = kDropped,
                      .text = fmt::format("the store is full: {} undelivered records, {} to {}, were dropped",
                                          lost.count(), lost.first.value, lost.last.value),
                      .first = lost.first,
                      .last = lost.last});
              }),
      holding_(loop, start.opened.file->held().newest(), start.opened.file->held().done(),
               [this](StoreEvent event) { emit(std::move(event)); }),
      commit_timer_(loop, [this] { begin_commit(); }),
      upkeep_timer_(loop, [this] { keep_up(); }),
      events_timer_(loop, [this] { tell_events(); }),
      committer_(options, path_),
      worker_(loop, std::move(start.opened.file)) {
  figures_.oldest_undelivered = start.oldest_undelivered.value_or(UtcTime{});
  if (start.lost) losses_.add(*start.lost);
  for (const StoreEvent& event : untold_events_) {
    if (event.name == kDamaged) damage_told_ = std::max(damage_told_, event.last);
  }
  keep_up();
}

SqliteQueue::~SqliteQueue() {
  if (failed_) return;
  upkeep_due_ = true;
  worker_.submit([this, last = take_batch()](QueueFile& file) -> Worker::Answer {
    const Result<CommitOutcome> done = watched(file, committer_.commit(file, last));
    if (!done) core::log_error("{}; what was not yet committed is lost", done.error().message);
    if (done && done->out_of_space) {
      core::log_error("{}: the disk is full; {} records that were not yet committed are lost", path_,
                      done->records.size());
    }
    return [] {};
  });
}

bool SqliteQueue::append(Record record) {
  SUBMETER_CHECK(record.seq == next_sequence());
  const bool kept_out = full_ && record.kind != RecordKind::kEvent;
  if (kept_out || !has_room_for(record.json.size())) {
    ++figures_.refused;
    return false;
  }
  taken_ = record.seq;
  commit_soon(record.json.size());
  pending_.push_back(std::move(record));
  return true;
}

bool SqliteQueue::hold(std::string text, RecordKind kind) {
  const bool kept_out = full_ && kind != RecordKind::kEvent;
  if (kept_out || !has_room_for(text.size())) {
    ++figures_.refused;
    return false;
  }
  commit_soon(text.size());
  holding_.take(std::move(text));
  return true;
}

bool SqliteQueue::has_room_for(std::size_t bytes) const {
  const std::uint64_t uncommitted = taken_.value - committed_.value + holding_.uncommitted();
  return !failed_ && uncommitted < kMaxUncommitted && uncommitted_bytes_ + bytes <= kMaxUncommittedBytes;
}

void SqliteQueue::commit_soon(std::size_t bytes) {
  uncommitted_bytes_ += bytes;
  if (!overdue_ && !commit_timer_.armed()) commit_timer_.start_after(commit_interval_);
}

void SqliteQueue::begin_commit() {
  commit_timer_.cancel();
  overdue_ = committing_;
  if (committing_ || failed_) return;
  committing_ = true;
  std::swap(flushes_committing_, flushes_waiting_);
  repack_due_ = repack_due_ || upkeep_due_;
  worker_.submit([this, batch = take_batch()](QueueFile& file) mutable -> Worker::Answer {
    return [this, outcome = watched(file, committer_.commit(file, std::move(batch)))]() mutable {
      outcome ? on_committed(std::move(*outcome)) : fail(outcome.error());
    };
  });
}

GroupCommit SqliteQueue::take_batch() {
  return {.records = std::exchange(pending_, {}),
          .held = holding_.hand_over(),
          .released = holding_.released(),
          .acknowledged = acknowledged_,
          .note = note_,
          .upkeep = std::exchange(upkeep_due_, false),
          .was_full = full_,
          .losses_told = losses_told_};
}

void SqliteQueue::on_committed(CommitOutcome outcome) {
  ++answers_;
  committing_ = false;
  note_disk_full(outcome.out_of_space);
  if (outcome.out_of_space) return take_back(std::move(outcome));
  for (const Record& record : outcome.records) uncommitted_bytes_ -= record.json.size();
  for (const HeldEntry& entry : outcome.held) uncommitted_bytes_ -= entry.text.size();
  if (!outcome.records.empty()) committed_ = outcome.records.back().seq;
  oldest_ = outcome.oldest;
  holding_.on_committed(outcome.held);
  figures_.bytes_on_disk = outcome.bytes_on_disk;
  figures_.oldest_undelivered = outcome.oldest_undelivered.value_or(UtcTime{});
  note_full(outcome.eviction.full);
  if (const auto lost = outcome.eviction.lost) {
    figures_.dropped += lost->count();
    acknowledged_ = std::max(acknowledged_, lost->last);
    losses_.add(*lost);
  }
  if (outcome.held_dropped) holding_.on_dropped(*outcome.held_dropped);
  if (commit_listener_ && !outcome.records.empty()) commit_listener_(outcome.records);
  for (const auto& done : std::exchange(flushes_committing_, {})) done();
  if (overdue_) begin_commit();
  if (std::exchange(repack_due_, false)) repack();
}

// A step a job, and none while a commit waits for the thread.
void SqliteQueue::repack() {
  if (std::exchange(repacking_, true)) return;
  worker_.submit([this, cursor = acknowledged_](QueueFile& file) -> Worker::Answer {
    return [this, more = watched(file, repack_some(file, largest_block_, cursor))] {
      repacking_ = false;
      if (!more) return fail(more.error());
      if (*more && !overdue_) repack();
    };
  });
}

// What the full disk did not take waits, with what comes meanwhile, until there is no room for more here.
void SqliteQueue::take_back(CommitOutcome outcome) {
  std::ranges::move(pending_, std::back_inserter(outcome.records));
  pending_ = std::move(outcome.records);
  holding_.take_back(std::move(outcome.held));
  flushes_waiting_.insert(flushes_waiting_.begin(), flushes_committing_.begin(), flushes_committing_.end());
  flushes_committing_.clear();
  upkeep_due_ = true;
  overdue_ = false;
  commit_timer_.start_after(kFullRetry);
}

void SqliteQueue::read_after(Sequence after, std::size_t limit, RecordQueue::Reader reader) {
  worker_.submit([this, after, limit, answer = std::move(reader)](QueueFile& file) -> Worker::Answer {
    return [this, answer, outcome = watched(file, file.read_after(after, limit))] {
      if (!outcome) return fail(outcome.error());
      on_read(*outcome);
      answer(outcome->records);
    };
  });
}

void SqliteQueue::on_read(const ReadOutcome& outcome) {
  ++answers_;
  for (const SequenceRange& damage : outcome.damaged) {
    if (damage.last <= damage_told_) continue;
    damage_told_ = damage.last;
    figures_.dropped += damage.count();
    emit({.name = kDamaged,
          .text = fmt::format("{}: records {} to {} are damaged or gone; they are passed over and lost",
                              path_, damage.first.value, damage.last.value),
          .first = damage.first,
          .last = damage.last});
  }
}

void SqliteQueue::read_held(HeldNumber after, std::size_t limit, HoldingStore::Reader reader) {
  if (!holding_.has_pending()) return read_held_from_disk(after, limit, std::move(reader));
  flushes_waiting_.push_back(
      [this, after, limit, answer = std::move(reader)] { read_held_from_disk(after, limit, answer); });
  begin_commit();
}

void SqliteQueue::read_held_from_disk(HeldNumber after, std::size_t limit, HoldingStore::Reader reader) {
  worker_.submit([this, after, limit, answer = std::move(reader)](QueueFile& file) -> Worker::Answer {
    return [this, after, answer, outcome = watched(file, file.held().read_after(after, limit))] {
      if (!outcome) return fail(outcome.error());
      ++answers_;
      holding_.on_damage(outcome->damaged, path_);
      // Nothing that could be read is left of them, nor, unless the reader still has it, before them.
      if (outcome->entries.empty() && !outcome->damaged.empty() && after <= holding_.done())
        holding_.release(outcome->damaged.back().last);
      answer(outcome->entries);
    };
  });
}

void SqliteQueue::release(HeldNumber through, std::function<void()> done) {
  holding_.release(through);
  flushes_waiting_.push_back(std::move(done));
  begin_commit();
}

void SqliteQueue::read_times(UtcTime since, TimesReader reader) {
  TimesSearch wanted{.since = since, .limit = kMaxTimes, .found = {}};
  if (pending_.empty()) return search(std::move(wanted), std::move(reader));
  flushes_waiting_.push_back(
      [this, wanted, answer = std::move(reader)]() mutable { search(std::move(wanted), std::move(answer)); });
  begin_commit();
}

// One step a job, so that commits pass between them.
void SqliteQueue::search(TimesSearch search, TimesReader reader) {
  worker_.submit([this, search = std::move(search),
                  reader = std::move(reader)](QueueFile& file) mutable -> Worker::Answer {
    const Result<void> done = watched(file, file.search(search));
    return [this, done, search = std::move(search), reader = std::move(reader)]() mutable {
      if (!done) return fail(done.error());
      ++answers_;
      if (!search.complete) return this->search(std::move(search), std::move(reader));
      TakenKeys taken{.keys = std::move(search.found), .complete_until = {}};
      if (search.truncated) taken.complete_until = taken.keys.front().time;
      reader(std::move(taken));
    };
  });
}

void SqliteQueue::save_note(std::string text, Save when) {
  note_ = std::move(text);
  if (when == Save::kWithNextCommit) upkeep_due_ = true;
}

void SqliteQueue::read_range(RangeQuery query, RangeReader reader) {
  worker_.submit(
      [this, query = std::move(query), answer = std::move(reader)](QueueFile& file) -> Worker::Answer {
        return [this, answer, outcome = watched(file, file.read_range(query))]() mutable {
          if (!outcome) return fail(outcome.error());
          ++answers_;
          answer(std::move(*outcome));
        };
      });
}

void SqliteQueue::acknowledge(Sequence through) {
  SUBMETER_CHECK(through <= committed_);
  acknowledged_ = std::max(acknowledged_, through);
}

QueueStatus SqliteQueue::status() const {
  QueueStatus status = figures_;
  status.undelivered = committed_.value - acknowledged_.value;
  if (hole_ && acknowledged_ < hole_->first && hole_->last <= committed_)
    status.undelivered -= hole_->count();
  status.uncommitted = taken_.value - committed_.value;
  if (status.undelivered == 0) status.oldest_undelivered = {};
  return status;
}

void SqliteQueue::note_full(bool full) {
  if (full == full_) return;
  full_ = full;
  const char* text =
      full ? "the store is full and store.when_full is stop: new records are refused until the broker "
             "takes old ones or there is room on the file system"
           : "the store has room again: new records are taken";
  emit({.name = full ? "store_full" : "store_resumed", .text = text, .first = {}, .last = {}});
}

void SqliteQueue::note_disk_full(bool full) {
  if (full == disk_full_) return;
  disk_full_ = full;
  const std::string text =
      full ? fmt::format(
                 "{}: the disk is full; new records wait in memory, where {} have room, and nothing "
                 "is published of them; make room on the file system",
                 path_, kMaxUncommitted)
           : fmt::format("{}: the disk takes records again", path_);
  emit({.name = full ? "store_full" : "store_resumed", .text = text, .first = {}, .last = {}});
}

void SqliteQueue::keep_up() {
  upkeep_due_ = true;
  upkeep_timer_.start_after(kUpkeepInterval);
  begin_commit();
}

void SqliteQueue::flush(std::function<void()> done) {
  losses_.flush();
  holding_.flush();
  flushes_waiting_.push_back(std::move(done));
  upkeep_due_ = true;
  begin_commit();
}

void SqliteQueue::on_event(std::function<void(const StoreEvent&)> listener) {
  event_listener_ = std::move(listener);
  events_timer_.start_after(Duration::zero());
}

void SqliteQueue::emit(StoreEvent event) {
  untold_events_.push_back(std::move(event));
  events_timer_.start_after(Duration::zero());
}

// On its own turn of the loop: the listener appends a record about it, and nothing here is half done then.
void SqliteQueue::tell_events() {
  if (!event_listener_) return;
  for (const StoreEvent& event : std::exchange(untold_events_, {})) {
    event_listener_(event);
    if (event.name == kDropped) losses_told_ = event.last;
  }
}

void SqliteQueue::fail(const Error& error) {
  if (std::exchange(failed_, true)) return;
  commit_timer_.cancel();
  upkeep_timer_.cancel();
  if (failure_listener_) failure_listener_(error);
}

}  // namespace submeter::store
