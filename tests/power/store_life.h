// SPDX-License-Identifier: Apache-2.0
// One life of the real queue on a real loop, for whoever waits for each answer.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "store/sqlite_queue.h"
#include "tests/power/ledger.h"

namespace submeter::power {

class StoreLife {
 public:
  /// Starts that it may take until a store is readable to its end: each replaces a file that turned out
  /// damaged.
  static constexpr int kMostStarts = 4;

  explicit StoreLife(const StoreOptions& options) {
    auto opened = store::SqliteQueue::open(loop_, options, random_);
    if (!opened) {
      failure = opened.error().message;
      return;
    }
    queue = std::move(*opened);
    queue->on_event([this](const store::StoreEvent& event) { events.push_back(event); });
    queue->on_failure([this](const Error& reason) {
      failure = reason.message;
      loop_.stop();
    });
  }

  /// Appends what make_record() makes of the next `count` sequences and waits until it is on disk.
  bool append(std::size_t count, std::uint32_t round, Ledger* ledger) {
    const std::uint64_t first = queue->next_sequence().value;
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
      if (!queue->append(make_record({.stream = queue->stream(), .seq = seq, .round = round}))) return false;
    }
    if (!flush()) return false;
    for (std::uint64_t seq = first; ledger != nullptr && seq < first + count; ++seq) {
      ledger->told({.stream = queue->stream(), .seq = seq, .round = round});
    }
    return true;
  }
  bool flush() {
    return wait([this](auto done) { queue->flush([done] { done(true); }); }, false);
  }
  bool release(HeldNumber through) {
    return wait([&](auto done) { queue->release(through, [done] { done(true); }); }, false);
  }
  std::vector<Record> read_after(Sequence after) {
    return read_all<Record>(
        after, [this](Sequence from, auto done) { queue->read_after(from, 1000, done); },
        [](const Record& record) { return record.seq; });
  }
  std::vector<HeldEntry> read_held() {
    return read_all<HeldEntry>(
        HeldNumber{}, [this](HeldNumber from, auto done) { queue->read_held(from, 1000, done); },
        [](const HeldEntry& entry) { return entry.number; });
  }
  /// Lets what is posted happen: events are told on a turn of their own.
  void settle() {
    Timer end(loop_, [this] { loop_.stop(); });
    end.start_after(std::chrono::milliseconds{1});
    loop_.run();
  }

  std::vector<store::StoreEvent> events;
  std::string failure;  ///< Why it did not open, or ended.

 private:
  /// The answer that `ask` is given; `otherwise` after a failure or a minute.
  template <class Answer>
  Answer wait(const std::function<void(std::function<void(Answer)>)>& ask, Answer otherwise) {
    std::optional<Answer> answer;
    if (!failure.empty()) return otherwise;
    Timer deadline(loop_, [this] {
      failure = "no answer within a minute";
      loop_.stop();
    });
    deadline.start_after(std::chrono::minutes{1});
    ask([&](Answer given) {
      answer = std::move(given);
      loop_.stop();
    });
    loop_.run();
    return answer ? std::move(*answer) : std::move(otherwise);
  }
  bool wait(const std::function<void(std::function<void(bool)>)>& ask, bool otherwise) {
    return wait<bool>(ask, otherwise);
  }
  template <class Entry, class Place, class Read, class PlaceOf>
  std::vector<Entry> read_all(Place after, Read read, PlaceOf place_of) {
    std::vector<Entry> all;
    while (true) {
      const auto some = wait<std::vector<Entry>>(
          [&](std::function<void(std::vector<Entry>)> done) { read(after, std::move(done)); }, {});
      if (some.empty()) return all;
      after = place_of(some.back());
      all.insert(all.end(), some.begin(), some.end());
    }
  }

  core::EpollLoop loop_;
  core::SystemRandom random_;

 public:
  std::unique_ptr<store::SqliteQueue> queue;
};

/// Opens a store, as often as it takes until it is read to its end; an error when that never happens.
inline Result<Found> find_everything(const StoreOptions& options) {
  Found found;
  std::string why;
  for (int start = 0; start < StoreLife::kMostStarts; ++start) {
    StoreLife life(options);
    why = life.failure;
    if (!life.queue) continue;
    found.stream = life.queue->stream();
    found.note = life.queue->note();
    found.next_seq = life.queue->next_sequence().value;
    found.kept = life.read_after(Sequence{0});
    found.undelivered = life.read_after(life.queue->acknowledged());
    found.held = life.read_held();
    life.settle();
    found.events.insert(found.events.end(), life.events.begin(), life.events.end());
    why = life.failure;
    if (why.empty()) return found;
  }
  return Error{"it is not readable after so many starts: " + why};
}

}  // namespace submeter::power
