// SPDX-License-Identifier: Apache-2.0
// The collector's own queue under a load, through the interface that the daemon uses.
//
//   store_load DIRECTORY [--seconds S] [--count N] [--rate R] [--commit MS] [--bytes B] [--begin MS]
//   [--undelivered]
//
// Readings come at R a second, or as fast as they are taken; until S seconds have passed or N are on disk.
// What is on disk is acknowledged at once unless --undelivered. Then the queue is closed as the daemon closes
// it, and one line of JSON says what it took.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "command_line.h"
#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "readings.h"
#include "store/sqlite_queue.h"
#include "usage.h"

namespace submeter::bench {
namespace {

class Load {
 public:
  Load(core::EpollLoop& loop, store::SqliteQueue& queue, std::span<char*> words)
      : loop_(loop),
        queue_(queue),
        readings_(queue.stream(), static_cast<std::int64_t>(number(words, "--begin", 1'795'212'900'000)),
                  static_cast<std::size_t>(number(words, "--bytes", 0))),
        rate_(number(words, "--rate", 0)),
        count_(static_cast<std::uint64_t>(number(words, "--count", 1e12))),
        undelivered_(given(words, "--undelivered")),
        feed_(loop, [this] { feed(); }),
        end_(loop, [this] { finish(); }) {
    queue_.on_commit([this](std::span<const Record> records) { on_commit(records); });
    queue_.on_failure([](const Error& error) {
      std::fprintf(stderr, "%s\n", error.message.c_str());
      std::exit(EXIT_FAILURE);
    });
    feed();
    end_.start_after(
        std::chrono::milliseconds{static_cast<std::int64_t>(number(words, "--seconds", 1e6) * 1000)});
  }

  std::uint64_t records() const { return committed_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t commits() const { return commits_; }

 private:
  void feed() {
    const auto due =
        rate_ == 0 ? count_ : static_cast<std::uint64_t>(rate_ * seconds(Clock::now() - begin_)) + 1;
    while (!ending_ && appended_ < std::min(due, count_)) {
      if (!queue_.append(readings_.next(queue_.next_sequence()))) break;
      ++appended_;
    }
    // As fast as it goes, the next commit makes room again.
    if (rate_ > 0 && !ending_)
      feed_.start_after(std::chrono::microseconds{static_cast<std::int64_t>(1e6 / rate_)});
  }
  void on_commit(std::span<const Record> records) {
    ++commits_;
    committed_ += records.size();
    for (const Record& record : records) bytes_ += record.json.size();
    if (!undelivered_) queue_.acknowledge(records.back().seq);
    if (committed_ >= count_) return finish();
    if (rate_ == 0) feed();
  }
  void finish() {
    if (std::exchange(ending_, true)) return;
    queue_.flush([this] { loop_.stop(); });
  }

  core::EpollLoop& loop_;
  store::SqliteQueue& queue_;
  Readings readings_;
  double rate_;
  std::uint64_t count_;
  bool undelivered_;
  bool ending_ = false;
  Clock::time_point begin_ = Clock::now();
  std::uint64_t appended_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t bytes_ = 0;
  Timer feed_;
  Timer end_;
};

/// As many records as make the first checkpoint necessary: from then on the log is written over, not longer.
void warm_up(core::EpollLoop& loop, store::SqliteQueue& queue) {
  constexpr int kRounds = 10;
  Readings readings(queue.stream(), 1'795'212'900'000, 0);
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < 1000; ++i) queue.append(readings.next(queue.next_sequence()));
    queue.flush([&] { loop.stop(); });
    loop.run();
    queue.acknowledge(Sequence{queue.next_sequence().value - 1});
  }
  std::puts("warm");
  std::fflush(stdout);
}

int run(std::span<char*> words) {
  core::EpollLoop loop;
  core::SystemRandom random;
  StoreOptions options;
  options.dir = words[1];
  options.commit_interval =
      std::chrono::milliseconds{static_cast<std::int64_t>(number(words, "--commit", 250))};
  options.min_free = 0;
  options.max_size = 64ULL << 30;
  auto queue = store::SqliteQueue::open(loop, options, random);
  if (!queue) {
    std::fprintf(stderr, "%s\n", queue.error().message.c_str());
    return EXIT_FAILURE;
  }
  if (given(words, "--warm")) warm_up(loop, **queue);
  const Usage before = Usage::now();
  const Clock::time_point begin = Clock::now();
  auto load = std::make_unique<Load>(loop, **queue, words);
  loop.run();
  const double took = seconds(Clock::now() - begin);
  const Usage used = Usage::now().since(before);
  const auto records = static_cast<double>(std::max<std::uint64_t>(load->records(), 1));
  std::printf(
      "{\"records\":%lu,\"seconds\":%.3f,\"commits\":%lu,\"bytes_per_record\":%.1f,\"cpu_us_per_record\":%."
      "3f}\n",
      load->records(), took, load->commits(), static_cast<double>(load->bytes()) / records,
      used.cpu_us / records);
  load.reset();
  queue->reset();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace submeter::bench

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return submeter::bench::run({argv, static_cast<std::size_t>(argc)});
}
