// SPDX-License-Identifier: Apache-2.0
#include "store/salvage.h"

#include <algorithm>
#include <utility>

#include "store/columns.h"
#include "store/group_commit.h"
#include "store/held_block.h"
#include "store/queue_state.h"
#include "store/stored_block.h"
#include "store/table_walk.h"

namespace submeter::store {
namespace {

/// What one transaction carries over at most.
constexpr std::size_t kBiteBytes = 4ULL << 20;
/// No gateway gets that far; keys beyond it are damaged ones.
constexpr std::int64_t kLastKey = std::int64_t{1} << 48;

class Salvage {
 public:
  Salvage(const StoreOptions& options, QueueFile& into)
      : committer_(options, into.path()), into_(into), next_held_(into.held().newest().value) {}

  Result<Salvaged> run(Database& source, const std::optional<Mark>& mark) {
    if (mark) {
      result_.newest = mark->newest;
      batch_.acknowledged = mark->acknowledged;
      cursor_known_ = true;
    }
    batch_.upkeep = true;
    batch_.packing = Packing::kAlways;  // a disk that held them packed need not have room for them plain
    read_state(source);
    if (Result<void> done = take_records(source); !done) return done.error();
    if (Result<void> done = take_held(source); !done) return done.error();
    if (Result<void> done = commit(); !done) return done.error();
    return std::move(result_);
  }

 private:
  /// What of it cannot be read is not known: then what was delivered may be sent again, and what never was
  /// there is not missed.
  void read_state(Database& source) {
    const Result<QueueState> state = store::read_state(source, false);
    if (!state) return;
    batch_.acknowledged = std::max(batch_.acknowledged, state->acknowledged);
    batch_.note = state->note;
    result_.newest = std::max(result_.newest, state->newest);
    cursor_known_ = true;
  }

  Result<void> take_records(Database& source) {
    Sequence reached = batch_.acknowledged;
    auto walk = TableWalk::begin(source, "block", "first_seq", "first_seq, last_seq, data", 0, kLastKey);
    while (walk) {
      const auto row = walk->next();
      if (!row) break;
      Result<std::vector<Record>> block = decode_stored_block(row->data);
      if (!block || block->front().seq.value != static_cast<std::uint64_t>(row->first)) continue;
      result_.newest = std::max(result_.newest, block->back().seq);
      std::erase_if(*block, [reached](const Record& record) { return record.seq <= reached; });
      if (block->empty()) continue;
      if (std::exchange(cursor_known_, true)) note_missing(reached, block->front().seq);
      reached = block->back().seq;
      if (Result<void> done = take(std::move(*block)); !done) return done;
    }
    note_missing(reached, result_.newest.next());
    return {};
  }

  Result<void> take(std::vector<Record> block) {
    result_.records += block.size();
    for (Record& record : block) {
      bytes_ += record.json.size();
      batch_.records.push_back(std::move(record));
    }
    return bytes_ < kBiteBytes ? Result<void>() : commit();
  }

  /// Held entries are numbered anew: their numbers mean nothing but their order.
  Result<void> take_held(Database& source) {
    auto walk =
        TableWalk::begin(source, "held", "first_number", "first_number, last_number, data", 0, kLastKey);
    const std::int64_t held_done = released(source);
    while (walk) {
      const auto row = walk->next();
      if (!row) break;
      Result<std::vector<HeldEntry>> block = decode_held_block(row->data);
      if (!block) continue;
      for (HeldEntry& entry : *block) {
        if (static_cast<std::int64_t>(entry.number.value) <= held_done) continue;
        entry.number.value = ++next_held_;
        bytes_ += entry.text.size();
        batch_.held.push_back(std::move(entry));
        ++result_.held;
      }
      if (bytes_ < kBiteBytes) continue;
      if (Result<void> committed = commit(); !committed) return committed;
    }
    return {};
  }

  static std::int64_t released(Database& source) {
    auto query = source.prepare("SELECT held_done FROM state WHERE held_check = -1 - held_done");
    const Result<std::int64_t> number = query ? query->number() : Result<std::int64_t>(query.error());
    return number ? *number : 0;
  }

  void note_missing(Sequence reached, Sequence next) {
    if (reached.next() >= next) return;
    const SequenceRange gap{reached.next(), Sequence{next.value - 1}};
    if (result_.missing.size() < Salvaged::kMaxRanges) {
      result_.missing.push_back(gap);
    } else {
      result_.missing.back().last = gap.last;
    }
  }

  Result<void> commit() {
    bytes_ = 0;
    GroupCommit batch = batch_;
    batch_.records.clear();
    batch_.held.clear();
    const Result<CommitOutcome> done = committer_.commit(into_, std::move(batch));
    if (!done) return done.error();
    if (done->out_of_space) return Error{"the disk is full; make room on the file system"};
    if (const auto lost = done->eviction.lost)
      batch_.acknowledged = std::max(batch_.acknowledged, lost->last);
    return {};
  }

  Committer committer_;
  QueueFile& into_;
  GroupCommit batch_;
  std::uint64_t bytes_ = 0;
  std::uint64_t next_held_;
  bool cursor_known_ = false;
  Salvaged result_;
};

}  // namespace

Result<Salvaged> salvage(const std::string& path, const std::optional<Mark>& mark,
                         const StoreOptions& options, QueueFile& into) {
  Result<Database> source = Database::open(path, Database::Mode::kExisting);
  if (source) {
    source->leave_untouched_at_close();
    // Only so does SQLite read a file that lost its end. Nothing is written; where it is refused, nothing is
    // read.
    [[maybe_unused]] const Result<void> done = source->execute("PRAGMA writable_schema = ON");
    return Salvage(options, into).run(*source, mark);
  }
  Salvaged nothing;
  if (mark) nothing.newest = mark->newest;
  return nothing;
}

}  // namespace submeter::store
