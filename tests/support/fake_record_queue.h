// SPDX-License-Identifier: Apache-2.0
// A RecordQueue in memory with the manners of the real one: what is appended is committed and read back in a
// later batch of the loop, never inside the call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "submeter/check.h"
#include "submeter/loop.h"
#include "submeter/record_queue.h"

namespace submeter::test {

class FakeRecordQueue final : public RecordQueue {
 public:
  explicit FakeRecordQueue(Loop& loop, std::string stream = "k3v9q2m7ta")
      : stream_(std::move(stream)), later_(loop, [this] { run_later(); }) {}

  /// Records taken and not yet committed beyond which append() refuses.
  std::size_t capacity = SIZE_MAX;
  /// False: records stay uncommitted until commit() is called.
  bool commits_by_itself = true;
  std::function<void()> on_append;
  std::function<void(Sequence)> on_acknowledge;
  /// Calls of read_after() so far.
  std::size_t reads = 0;

  /// Every record ever appended, in order, committed or not.
  const std::vector<Record>& records() const { return records_; }
  /// Commits what was appended; the listener hears of it in the next batch.
  void commit() {
    do_later([this] { commit_now(); });
  }
  /// As commit(), inside the call.
  void commit_now() {
    const std::span fresh = std::span(records_).subspan(committed_);
    if (fresh.empty()) return;
    const std::vector<Record> told(fresh.begin(), fresh.end());
    committed_ = records_.size();
    if (listener_) listener_(told);
  }
  /// The process is killed: what was not committed is gone, nobody is called any more.
  void crash() {
    records_.resize(committed_);
    tasks_.clear();
  }
  /// As if the records were left by an earlier run: committed, nobody is told.
  void preload(std::vector<Record> records) {
    SUBMETER_CHECK(committed_ == records_.size());
    for (Record& record : records) records_.push_back(std::move(record));
    committed_ = records_.size();
  }

  const std::string& stream() const override { return stream_; }
  Sequence next_sequence() const override {
    return records_.empty() ? Sequence{1} : records_.back().seq.next();
  }
  bool append(Record record) override {
    SUBMETER_CHECK(record.seq == next_sequence());
    if (records_.size() - committed_ >= capacity) {
      ++refused_;
      return false;
    }
    records_.push_back(std::move(record));
    if (commits_by_itself) commit();
    if (on_append) on_append();
    return true;
  }
  void on_commit(CommitListener listener) override { listener_ = std::move(listener); }
  void read_after(Sequence after, std::size_t limit, Reader reader) override {
    ++reads;
    do_later([this, after, limit, answer = std::move(reader)] {
      std::vector<Record> found;
      for (const Record& record : std::span(records_).first(committed_)) {
        if (record.seq > after && found.size() < limit) found.push_back(record);
      }
      answer(std::move(found));
    });
  }
  void acknowledge(Sequence through) override {
    acknowledged_ = std::max(acknowledged_, through);
    if (on_acknowledge) on_acknowledge(through);
  }
  Sequence acknowledged() const override { return acknowledged_; }
  QueueStatus status() const override {
    QueueStatus status;
    status.uncommitted = records_.size() - committed_;
    status.refused = refused_;
    for (const Record& record : std::span(records_).first(committed_)) {
      if (record.seq <= acknowledged_) continue;
      if (status.undelivered++ == 0) status.oldest_undelivered = record.time;
    }
    return status;
  }

 private:
  void do_later(std::function<void()> task) {
    tasks_.push_back(std::move(task));
    later_.start_after(Duration::zero());
  }
  void run_later() {
    std::deque<std::function<void()>> tasks = std::exchange(tasks_, {});
    for (const auto& task : tasks) task();
  }
  std::string stream_;
  std::vector<Record> records_;
  std::size_t committed_ = 0;
  Sequence acknowledged_;
  std::uint64_t refused_ = 0;
  CommitListener listener_;
  std::deque<std::function<void()>> tasks_;
  Timer later_;
};

}  // namespace submeter::test
