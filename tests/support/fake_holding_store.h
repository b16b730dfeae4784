// SPDX-License-Identifier: Apache-2.0
// A HoldingStore in memory beside a FakeRecordQueue: one group commit takes what either of them was given,
// and a crash forgets what was not yet committed.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "submeter/holding_store.h"
#include "submeter/loop.h"
#include "tests/support/fake_record_queue.h"

namespace submeter::test {

class FakeHoldingStore final : public HoldingStore {
 public:
  FakeHoldingStore(Loop& loop, FakeRecordQueue& queue)
      : queue_(queue), commit_timer_(loop, [this] { commit(); }) {
    queue_.commits_by_itself = false;
    queue_.on_append = [this] { commit_within(commit_interval); };
  }

  /// How long what was taken waits for its commit.
  Duration commit_interval = std::chrono::milliseconds(250);
  /// Entries beyond which hold() refuses.
  std::size_t capacity = SIZE_MAX;
  /// Keys in one answer of read_times().
  std::size_t most_times = SIZE_MAX;
  /// Answers of read_times() so far.
  std::size_t times_read = 0;

  const std::vector<HeldEntry>& entries() const { return entries_; }
  /// The process is killed: what was not committed is gone, nobody is called any more.
  void crash() {
    entries_.resize(committed_);
    to_release_ = {};
    note_ = committed_note_;
    after_commit_.clear();
    commit_timer_.cancel();
    queue_.crash();
  }

  bool hold(std::string text, RecordKind kind) override {
    if (entries_.size() >= capacity && kind != RecordKind::kEvent) return false;
    entries_.push_back({{++newest_}, std::move(text)});
    commit_within(commit_interval);
    return true;
  }
  void read_held(HeldNumber after, std::size_t limit, Reader reader) override {
    at_once([this, after, limit, answer = std::move(reader)] {
      std::vector<HeldEntry> found;
      for (const HeldEntry& entry : entries_) {
        if (entry.number > after && found.size() < limit) found.push_back(entry);
      }
      answer(std::move(found));
    });
  }
  void release(HeldNumber through, std::function<void()> done) override {
    to_release_ = through;
    at_once(std::move(done));
  }
  HoldingStatus holding() const override { return {.waiting = entries_.size(), .dropped = 0}; }
  void read_times(UtcTime since, TimesReader reader) override {
    at_once([this, since, answer = std::move(reader)] {
      ++times_read;
      TakenKeys taken;
      for (const Record& record : queue_.records()) {
        if (record.time < since || record.kind == RecordKind::kInterval) continue;
        taken.keys.push_back({record.circuit, record.time});
      }
      const auto by_time = [](const SampleTime& key) { return key.time; };
      std::ranges::sort(taken.keys, {}, by_time);
      if (taken.keys.size() > most_times) {
        taken.keys.resize(most_times);
        taken.complete_until = taken.keys.back().time;
      }
      answer(std::move(taken));
    });
  }
  const std::string& note() const override { return note_; }
  void save_note(std::string text, Save) override { note_ = std::move(text); }

 private:
  void commit_within(Duration delay) {
    if (!commit_timer_.armed()) commit_timer_.start_after(delay);
  }
  void at_once(std::function<void()> after) {
    after_commit_.push_back(std::move(after));
    commit_timer_.start_after(Duration::zero());
  }
  void commit() {
    queue_.commit_now();
    std::erase_if(entries_, [this](const HeldEntry& entry) { return entry.number <= to_release_; });
    committed_ = entries_.size();
    committed_note_ = note_;
    for (const auto& answer : std::exchange(after_commit_, {})) answer();
  }

  FakeRecordQueue& queue_;
  std::vector<HeldEntry> entries_;
  std::size_t committed_ = 0;
  std::uint64_t newest_ = 0;
  HeldNumber to_release_;
  std::string note_;
  std::string committed_note_;
  std::vector<std::function<void()>> after_commit_;
  Timer commit_timer_;
};

}  // namespace submeter::test
