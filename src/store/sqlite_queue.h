// SPDX-License-Identifier: Apache-2.0
// The durable queue in queue.db.
//
// Two halves: this class on the loop thread, and a Worker on the store thread that owns the only SQLite connection.
// They share a bounded hand-over and nothing else. A group commit writes one block (store/block.h) every
// store.commit_interval; what was committed survives a power cut (WAL, synchronous=FULL), what was not was never
// published.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

/// Something about the store that a person and the record stream should know.
struct StoreEvent {
  std::string name;  ///< "stream_started", "store_set_aside", "store_dropped", "store_full"
  std::string text;
  Sequence first;  ///< Range of lost records, where there is one.
  Sequence last;
};

class SqliteQueue final : public RecordQueue {
 public:
  /// Opens or creates `options.dir`/queue.db; blocks, before the loop runs. A damaged or foreign file is set aside
  /// under another name and a new stream begins; the error says what no start can work with (no permission, disk
  /// full, directory missing).
  static Result<std::unique_ptr<SqliteQueue>> open(Loop& loop, const StoreOptions& options, Random& random);
  /// Commits what was taken, ends the thread.
  ~SqliteQueue() override;

  const std::string& stream() const override;
  Sequence next_sequence() const override;
  bool append(Record record) override;
  void on_commit(CommitListener listener) override;
  void read_after(Sequence after, std::size_t limit, Reader reader) override;
  void acknowledge(Sequence through) override;
  Sequence acknowledged() const override;
  QueueStatus status() const override;

  /// Events since open, those of opening included; replaces the earlier listener.
  void on_event(std::function<void(const StoreEvent&)> listener);
  /// A write or sync failed: the outcome is unknown, the process must end and recover.
  void on_failure(std::function<void(const Error&)> listener);
  /// Commits at once; `done` is called when everything taken before is on disk.
  void flush(std::function<void()> done);
  /// Increases as long as the store thread makes progress; for the watchdog.
  std::uint64_t heartbeat() const;

 private:
  class Body;
  explicit SqliteQueue(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::store
