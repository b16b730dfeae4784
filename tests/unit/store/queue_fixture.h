// SPDX-License-Identifier: Apache-2.0
// The real queue on a real loop in a directory of its own. A test waits for what it names, with a deadline.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "store/database.h"
#include "store/schema.h"
#include "store/sqlite_queue.h"

namespace submeter::store {

/// Letters that no compression makes much smaller, and that follow from `seed`.
inline std::string noise(std::uint64_t seed, std::size_t size) {
  std::string text;
  std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  while (text.size() < size) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const char letter = static_cast<char>(0x23 + (state >> 33) % (0x100 - 0x23));
    text += letter == '\\' ? ' ' : letter;
  }
  return text;
}

/// A record whose content follows from its sequence, so that a later reader knows what must be in it.
inline Record make_record(Sequence seq, std::size_t size = 200) {
  std::string json = "{\"seq\":" + std::to_string(seq.value) + ",\"x_fill\":\"";
  if (json.size() + 2 < size) json += noise(seq.value, size - json.size() - 2);
  return {.seq = seq,
          .kind = RecordKind::kSample,
          .circuit = "circuit-" + std::to_string(seq.value % 7),
          .time = UtcTime{std::chrono::milliseconds{1'795'212'900'000 +
                                                    static_cast<std::int64_t>(seq.value) * 1000}},
          .json = json + "\"}"};
}

/// What the n-th text that is held looks like.
inline std::string make_text(std::uint64_t n, std::size_t size = 40) {
  std::string text = "held " + std::to_string(n) + " ";
  if (text.size() < size) text.append(size - text.size(), static_cast<char>('a' + n % 26));
  return text;
}

inline UtcTime ms(std::int64_t count) {
  return UtcTime{std::chrono::milliseconds{count}};
}

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Where the frames of a log end that was not begun anew; behind them are zeros.
inline std::size_t end_of_log(const std::string& log) {
  constexpr std::size_t kHeader = 32;
  constexpr std::size_t kFrame = 24 + kPageBytes;
  const std::size_t last = content(log).find_last_not_of('\0');
  return last == std::string::npos ? 0 : kHeader + (last - kHeader) / kFrame * kFrame + kFrame;
}

class Directory {
 public:
  Directory() {
    std::string name = ::testing::TempDir() + "submeter_store_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }
  std::string database() const { return path_ + "/queue.db"; }
  /// The files whose names end so.
  std::vector<std::string> files(const std::string& suffix) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().string().ends_with(suffix)) found.push_back(entry.path());
    }
    return found;
  }

 private:
  std::string path_;
};

/// One life of the queue, from opening to its end.
class Life {
 public:
  Life(const StoreOptions& options, Random& random, const std::string& owner = {}) {
    auto opened = SqliteQueue::open(loop_, options, random, owner);
    if (!opened) {
      error = opened.error().message;
      return;
    }
    queue = std::move(*opened);
    queue->on_commit([this](std::span<const Record> records) {
      committed.insert(committed.end(), records.begin(), records.end());
      look();
    });
    queue->on_event([this](const StoreEvent& event) {
      events.push_back(event);
      look();
    });
    queue->on_failure([this](const Error& reason) {
      failure = reason.message;
      look();
    });
  }

  /// False after ten seconds.
  bool wait_for(std::function<bool()> condition) {
    bool met = condition();
    condition_ = [&] {
      met = condition();
      if (met) loop_.stop();
    };
    Timer deadline(loop_, [this] { loop_.stop(); });
    deadline.start_after(std::chrono::seconds{10});
    if (!met) loop_.run();
    condition_ = nullptr;
    return met;
  }
  bool append(std::size_t count, std::size_t size = 200) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!queue->append(make_record(queue->next_sequence(), size))) return false;
    }
    return true;
  }
  /// Everything taken so far is on disk.
  bool flush() {
    bool flushed = false;
    queue->flush([&] {
      flushed = true;
      look();
    });
    return wait_for([&] { return flushed; });
  }
  bool append_and_flush(std::size_t count, std::size_t size = 200) { return append(count, size) && flush(); }
  std::vector<Record> read_after(Sequence after, std::size_t limit) {
    std::optional<std::vector<Record>> answer;
    queue->read_after(after, limit, [&](std::vector<Record> records) {
      answer = std::move(records);
      look();
    });
    EXPECT_TRUE(wait_for([&] { return answer.has_value(); }));
    return answer.value_or(std::vector<Record>{});
  }
  /// Holds texts `first` to `last`.
  bool hold(std::uint64_t first, std::uint64_t last, std::size_t size = 40) {
    for (std::uint64_t n = first; n <= last; ++n) {
      if (!queue->hold(make_text(n, size), RecordKind::kSample)) return false;
    }
    return true;
  }
  std::vector<HeldEntry> read_held(HeldNumber after = {}, std::size_t limit = SIZE_MAX) {
    std::optional<std::vector<HeldEntry>> answer;
    queue->read_held(after, limit, [&](std::vector<HeldEntry> entries) {
      answer = std::move(entries);
      look();
    });
    EXPECT_TRUE(wait_for([&] { return answer.has_value(); }));
    return answer.value_or(std::vector<HeldEntry>{});
  }
  bool release(HeldNumber through) {
    bool released = false;
    queue->release(through, [&] {
      released = true;
      look();
    });
    return wait_for([&] { return released; });
  }
  std::vector<SampleTime> read_times(UtcTime since) {
    std::optional<std::vector<SampleTime>> answer;
    queue->read_times(since, [&](TakenKeys taken) {
      answer = std::move(taken.keys);
      look();
    });
    EXPECT_TRUE(wait_for([&] { return answer.has_value(); }));
    return answer.value_or(std::vector<SampleTime>{});
  }
  RangeBite read_range(const RangeQuery& query) {
    std::optional<RangeBite> answer;
    queue->read_range(query, [&](RangeBite bite) {
      answer = std::move(bite);
      look();
    });
    EXPECT_TRUE(wait_for([&] { return answer.has_value(); }));
    return answer.value_or(RangeBite{});
  }
  core::EpollLoop& loop() { return loop_; }
  std::optional<StoreEvent> event(const std::string& name) const {
    for (const StoreEvent& seen : events) {
      if (seen.name == name) return seen;
    }
    return std::nullopt;
  }

 private:
  void look() {
    if (condition_) condition_();
  }

  core::EpollLoop loop_;
  std::function<void()> condition_;

 public:
  std::vector<Record> committed;
  std::vector<StoreEvent> events;
  std::string failure;
  std::string error;  ///< Why it did not open.
  std::unique_ptr<SqliteQueue> queue;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    options_.dir = directory_.path();
    options_.commit_interval = std::chrono::milliseconds{5};
    options_.min_free = 0;
  }
  std::unique_ptr<Life> open() { return std::make_unique<Life>(options_, random_); }
  /// The first column of the first row, asked of the file from outside.
  std::string ask(const std::string& sql) const {
    Result<Database> database = Database::open(directory_.database(), Database::Mode::kExisting);
    if (!database) return database.error().message;
    const Result<std::string> answer = database->query_text(sql.c_str());
    return answer ? *answer : answer.error().message;
  }
  /// Runs SQL on the closed queue, as an intruder.
  void tamper(const std::string& sql) const {
    Result<Database> database = Database::open(directory_.database(), Database::Mode::kExisting);
    ASSERT_TRUE(database.ok());
    const Result<void> done = database->execute(sql.c_str());
    EXPECT_TRUE(done.ok()) << done.error().message;
  }

  Directory directory_;
  core::SystemRandom random_;
  StoreOptions options_;
};

}  // namespace submeter::store
