// SPDX-License-Identifier: Apache-2.0
// kill -9 under load: what was told as committed is there, what follows goes on from it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

#include "core/unique_fd.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

constexpr int kRounds = 12;
constexpr std::uint64_t kMostUncommitted = 1000;

class CrashTest : public StoreTest {
 protected:
  /// In a child: fills the queue as fast as it takes records, acknowledges some, and writes each committed
  /// sequence to `out` as a broker would get it. Never returns.
  [[noreturn]] void fill_until_killed(int out) {
    core::EpollLoop loop;
    auto opened = SqliteQueue::open(loop, options_, random_);
    if (!opened) ::_exit(2);
    SqliteQueue& queue = **opened;
    Timer feed(loop, [&] {
      // Bounded: where a commit is slow, the rounds would add up to what is removed for its age.
      for (int i = 0; i < 20 && queue.status().uncommitted < kMostUncommitted; ++i) {
        if (!queue.append(make_record(queue.next_sequence()))) break;
      }
      feed.start_after(std::chrono::microseconds{200});
    });
    queue.on_commit([&](std::span<const Record> records) {
      const std::uint64_t last = records.back().seq.value;
      if (::write(out, &last, sizeof last) != sizeof last) ::_exit(3);
      if (last > 50) queue.acknowledge(Sequence{last - 50});
    });
    feed.start_after(Duration::zero());
    loop.run();
    ::_exit(4);
  }

  /// Lets a child run for `commits` group commits and kills it; the last sequence it told of, 0 on failure.
  std::uint64_t killed_after(int commits) {
    int ends[2];
    if (::pipe(ends) != 0) return 0;
    const pid_t child = ::fork();
    if (child == 0) fill_until_killed(ends[1]);
    ::close(ends[1]);
    const core::UniqueFd in(ends[0]);
    std::uint64_t last = 0;
    for (int i = 0; i < commits && ::read(in.get(), &last, sizeof last) == sizeof last; ++i) {
    }
    ::kill(child, SIGKILL);
    while (::read(in.get(), &last, sizeof last) == sizeof last) {  // told before the kill
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? last : 0;
  }
};

TEST_F(CrashTest, LosesNothingThatWasCommittedAndReusesNoSequence) {
  options_.commit_interval = std::chrono::milliseconds{1};
  std::string stream;
  std::uint64_t newest_before = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t told = killed_after(3 + round * 2);
    ASSERT_GT(told, newest_before) << "round " << round;

    const auto life = open();
    ASSERT_EQ(life->error, "");
    if (stream.empty()) stream = life->queue->stream();
    EXPECT_EQ(life->queue->stream(), stream);
    ASSERT_GT(life->queue->next_sequence(), Sequence{told});
    const std::vector<Record> records = life->read_after(Sequence{0}, SIZE_MAX);
    ASSERT_EQ(records.size() + 1, life->queue->next_sequence().value) << "there is a hole";
    for (const Record& record : records) ASSERT_EQ(record, make_record(record.seq));
    EXPECT_LT(life->queue->acknowledged(), life->queue->next_sequence());
    newest_before = records.size();
  }
}

}  // namespace
}  // namespace submeter::store
