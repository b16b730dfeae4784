// SPDX-License-Identifier: Apache-2.0
// The durable queue in queue.db, and beside the records what waits for its time: one file, because an entry
// must stop waiting in the very commit that makes it a record.
//
// Two halves: this class on the loop thread, and a Worker on the store thread that owns the only SQLite
// connection. What is taken is collected here and handed over every store.commit_interval, one batch at a
// time, so that a slow disk makes batches larger and nothing else slower. A group commit writes blocks
// (store/block.h); what was committed survives a power cut (WAL, synchronous=FULL), what was not was never
// published. Between commits small blocks become large ones (store/repacking.h).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/unique_fd.h"
#include "store/group_commit.h"
#include "store/holding.h"
#include "store/loss_report.h"
#include "store/opening.h"
#include "store/store_event.h"
#include "store/worker.h"
#include "submeter/holding_store.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

class SqliteQueue final : public RecordQueue, public HoldingStore {
 public:
  /// The hand-over holds this much that is not yet on disk, then append() and hold() refuse: 10 s of 3,200
  /// records a second.
  static constexpr std::size_t kMaxUncommitted = 32'768;
  static constexpr std::size_t kMaxUncommittedBytes = 16ULL << 20;
  /// Times that one search answers with.
  static constexpr std::size_t kMaxTimes = 100'000;
  /// How often the cursor is saved and old blocks are removed. After a crash at most this much is sent again.
  static constexpr std::chrono::seconds kUpkeepInterval{5};

  /// A full store has at least so many blocks, so that making room costs little.
  static constexpr std::size_t kLeastBlocks = 64;
  /// While the disk is full a commit is tried again so often.
  static constexpr std::chrono::seconds kFullRetry{1};

  /// Opens or creates `options.dir`/queue.db; blocks, before the loop runs. A damaged or foreign file is set
  /// aside under another name and a new stream begins, with what could still be read of it before its own
  /// records; one of another `owner` ("hq/gw-0042"; empty: nobody asks) goes on with a new stream. The error
  /// says what no start can work with (no permission, no directory to make it in, another process).
  static Result<std::unique_ptr<SqliteQueue>> open(Loop& loop, const StoreOptions& options, Random& random,
                                                   const std::string& owner = {});
  /// Commits what was taken, saves the cursor, ends the thread.
  ~SqliteQueue() override;

  const std::string& stream() const override { return stream_; }
  Sequence next_sequence() const override { return taken_.next(); }
  /// Also false while store.when_full is stop and the store is full (only events are still taken), and after
  /// a failure.
  bool append(Record record) override;
  void on_commit(CommitListener listener) override { commit_listener_ = std::move(listener); }
  void read_after(Sequence after, std::size_t limit, RecordQueue::Reader reader) override;
  void acknowledge(Sequence through) override;
  Sequence acknowledged() const override { return acknowledged_; }
  QueueStatus status() const override;

  /// Also false while the store is full, and after a failure.
  bool hold(std::string text, RecordKind kind) override;
  void read_held(HeldNumber after, std::size_t limit, HoldingStore::Reader reader) override;
  void release(HeldNumber through, std::function<void()> done) override;
  HoldingStatus holding() const override { return holding_.status(); }
  void read_times(UtcTime since, TimesReader reader) override;
  const std::string& note() const override { return note_; }
  void save_note(std::string text, Save when) override;

  using RangeReader = std::function<void(RangeBite)>;
  /// The next bite of what is kept of a span of time and is on disk, delivered or not. Not for the forwarder,
  /// hence not in RecordQueue. One at a time, or commits have to wait for many.
  void read_range(RangeQuery query, RangeReader reader);
  /// The first record that is kept, delivered or not; 0 when there is none.
  Sequence oldest_kept() const { return oldest_; }
  /// Events since open, those of opening included; replaces the earlier listener.
  void on_event(std::function<void(const StoreEvent&)> listener);
  /// A write or sync failed: the outcome is unknown, the process must end and recover. Nothing is taken,
  /// committed or told after it.
  void on_failure(std::function<void(const Error&)> listener) { failure_listener_ = std::move(listener); }
  /// Commits at once; `done` is called when everything taken before is on disk, never after a failure.
  void flush(std::function<void()> done);
  /// Increases at least every kUpkeepInterval as long as the store thread makes progress; for the watchdog.
  std::uint64_t heartbeat() const { return answers_; }

 private:
  struct Start {
    OpenedQueue opened;
    std::optional<UtcTime> oldest_undelivered;
    std::optional<SequenceRange> lost;  ///< Of which no event tells yet.
  };

  static Result<Start> begin(const StoreOptions& options, Random& random, const std::string& owner);
  SqliteQueue(Loop& loop, const StoreOptions& options, Start start);
  bool has_room_for(std::size_t bytes) const;
  void commit_soon(std::size_t bytes);
  void begin_commit();
  GroupCommit take_batch();
  void on_committed(CommitOutcome outcome);
  void take_back(CommitOutcome outcome);
  void on_read(const ReadOutcome& outcome);
  void read_held_from_disk(HeldNumber after, std::size_t limit, HoldingStore::Reader reader);
  void search(TimesSearch search, TimesReader reader);
  void note_full(bool full);
  void note_disk_full(bool full);
  void keep_up();
  void repack();
  void emit(StoreEvent event);
  void tell_events();
  void fail(const Error& error);

  std::chrono::milliseconds commit_interval_;
  const std::size_t largest_block_;
  core::UniqueFd lock_;
  std::string path_;
  std::string stream_;
  Sequence oldest_;
  Sequence taken_;
  Sequence committed_;
  Sequence acknowledged_;
  std::optional<SequenceRange> hole_;
  Sequence damage_told_;
  Sequence losses_told_;
  std::string note_;

  std::vector<Record> pending_;
  std::size_t uncommitted_bytes_ = 0;
  bool committing_ = false;  // a batch is with the store thread
  bool overdue_ = false;     // the next one follows as soon as it is back
  bool upkeep_due_ = false;
  bool repack_due_ = false;  // with the commit under way
  bool repacking_ = false;
  bool full_ = false;
  bool disk_full_ = false;
  bool failed_ = false;
  std::uint64_t answers_ = 0;
  QueueStatus figures_;  // what is not computed from the above

  CommitListener commit_listener_;
  std::function<void(const StoreEvent&)> event_listener_;
  std::function<void(const Error&)> failure_listener_;
  std::vector<StoreEvent> untold_events_;
  std::vector<std::function<void()>> flushes_waiting_;
  std::vector<std::function<void()>> flushes_committing_;

  LossReport losses_;
  Holding holding_;
  Timer commit_timer_;
  Timer upkeep_timer_;
  Timer events_timer_;
  Committer committer_;  // used by jobs only
  Worker worker_;        // last: ended first
};

}  // namespace submeter::store
