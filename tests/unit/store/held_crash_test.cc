// SPDX-License-Identifier: Apache-2.0
// kill -9 while entries are held and become records: each is one or the other, never both, never neither.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "core/unique_fd.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

constexpr int kRounds = 30;

/// What a child knows to be on disk.
struct Told {
  std::uint64_t read = 0;      ///< Newest number it has read.
  std::uint64_t released = 0;  ///< Newest number whose release was confirmed.
};

/// Holds, reads, makes records of what it reads and releases it, as fast as it goes.
class Replayer {
 public:
  Replayer(core::EpollLoop& loop, SqliteQueue& queue, Random& random, int round, int out)
      : queue_(queue), random_(random), round_(round), out_(out), feed_(loop, [this] { feed(); }) {
    feed();
    read();
  }

 private:
  void feed() {
    for (auto left = random_.next() % 8; left > 0; --left) {
      if (!queue_.hold(std::to_string(round_) + ":" + std::to_string(next_), RecordKind::kSample)) break;
      ++next_;
    }
    feed_.start_after(std::chrono::microseconds{100});
  }
  void read() {
    queue_.read_held(released_, 1 + random_.next() % 12,
                     [this](const std::vector<HeldEntry>& entries) { replay(entries); });
  }
  void replay(const std::vector<HeldEntry>& entries) {
    if (entries.empty()) return read();
    told_.read = entries.back().number.value;
    for (const HeldEntry& entry : entries) {
      Record record = make_record(queue_.next_sequence());
      record.json = std::to_string(entry.number.value) + " " + entry.text;
      if (!queue_.append(record)) ::_exit(5);
    }
    released_ = entries.back().number;
    queue_.release(released_, [this] {
      told_.released = released_.value;
      tell();
      read();
    });
    tell();
  }
  void tell() {
    const std::array numbers{told_.read, told_.released};
    static_assert(sizeof numbers == sizeof told_);
    if (::write(out_, numbers.data(), sizeof numbers) != sizeof numbers) ::_exit(3);
  }

  SqliteQueue& queue_;
  Random& random_;
  int round_;
  int out_;
  std::uint64_t next_ = 0;
  HeldNumber released_;
  Told told_;
  Timer feed_;
};

class HeldCrashTest : public StoreTest {
 protected:
  [[noreturn]] void replay_until_killed(int round, int out) {
    core::EpollLoop loop;
    auto opened = SqliteQueue::open(loop, options_, random_);
    if (!opened) ::_exit(2);
    Replayer replayer(loop, **opened, random_, round, out);
    loop.run();
    ::_exit(4);
  }

  /// Lets a child tell something `messages` times, and a little longer, and kills it.
  Told killed_after(int round, std::uint64_t messages) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) replay_until_killed(round, ends[1]);
    ::close(ends[1]);
    const core::UniqueFd in(ends[0]);
    Told told;
    for (std::uint64_t i = 0; i < messages && ::read(in.get(), &told, sizeof told) == sizeof told; ++i) {
    }
    for (auto left = random_.next() % 3000; left > 0; --left) static_cast<void>(::getppid());
    ::kill(child, SIGKILL);
    while (::read(in.get(), &told, sizeof told) == sizeof told) {  // told before the kill
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "round " << round;
    return told;
  }
};

/// Each round's texts "round:0", "round:1" … were held in order: none of them is missing before the last.
void expect_no_hole(const std::map<std::uint64_t, std::string>& texts) {
  std::map<int, std::set<int>> rounds;
  for (const auto& [number, text] : texts) {
    int round = 0;
    int index = 0;
    ASSERT_EQ(std::sscanf(text.c_str(), "%d:%d", &round, &index), 2) << text;
    EXPECT_TRUE(rounds[round].insert(index).second) << text << " is there twice";
  }
  for (const auto& [round, indices] : rounds) {
    EXPECT_EQ(static_cast<int>(indices.size()), *indices.rbegin() + 1) << "round " << round << " has a hole";
  }
}

TEST_F(HeldCrashTest, LeavesEachEntryHeldOrARecordAndGivesNoNumberTwice) {
  options_.commit_interval = std::chrono::milliseconds{1};
  std::map<std::uint64_t, std::string> known;
  for (int round = 0; round < kRounds; ++round) {
    const Told told = killed_after(round, 1 + random_.next() % 12);
    ASSERT_GT(told.read, 0U);

    const auto life = open();
    ASSERT_EQ(life->error, "");
    ASSERT_TRUE(life->events.empty());
    std::map<std::uint64_t, std::string> texts;
    for (const Record& record : life->read_after(Sequence{0}, SIZE_MAX)) {
      const std::size_t space = record.json.find(' ');
      const bool fresh = texts.emplace(std::stoull(record.json), record.json.substr(space + 1)).second;
      ASSERT_TRUE(fresh) << record.json << " became a record twice";
    }
    ASSERT_TRUE(texts.empty() || texts.rbegin()->first >= told.released);
    const auto held = life->read_held();
    EXPECT_EQ(life->queue->holding().waiting, held.size());
    for (const HeldEntry& entry : held) {
      ASSERT_TRUE(texts.emplace(entry.number.value, entry.text).second) << entry.text << " is both";
      ASSERT_GT(entry.number.value, told.released);
    }
    ASSERT_GE(texts.rbegin()->first, told.read);
    ASSERT_EQ(texts.size(), texts.rbegin()->first) << "a number is missing";
    for (const auto& [number, text] : known) ASSERT_EQ(texts[number], text) << number << " was given twice";
    expect_no_hole(texts);
    known = std::move(texts);
  }
}

}  // namespace
}  // namespace submeter::store
