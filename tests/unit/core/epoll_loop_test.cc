// SPDX-License-Identifier: Apache-2.0
#include "core/epoll_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "core/signals.h"

namespace submeter::core {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) != 0) std::abort();
    near.reset(fds[0]);
    far.reset(fds[1]);
  }
  UniqueFd near;
  UniqueFd far;
};

TEST(EpollLoop, DeliversReadinessUntilTheWatchIsDestroyed) {
  EpollLoop loop;
  Pair pair;
  char received = 0;
  std::unique_ptr<Watch> watch;
  watch = std::make_unique<Watch>(loop, pair.near.get(), Interest::kRead, [&](Readiness ready) {
    EXPECT_TRUE(ready.readable);
    ASSERT_EQ(::read(pair.near.get(), &received, 1), 1);
    watch.reset();
    loop.stop();
  });
  ASSERT_EQ(::write(pair.far.get(), "x", 1), 1);
  loop.run();
  EXPECT_EQ(received, 'x');
}

TEST(EpollLoop, ForgetsEventsAlreadyFetchedForADestroyedWatch) {
  EpollLoop loop;
  Pair first;
  Pair second;
  int delivered = 0;
  std::unique_ptr<Watch> a;
  std::unique_ptr<Watch> b;
  // Both are ready in the same turn; whichever comes first destroys the other.
  a = std::make_unique<Watch>(loop, first.near.get(), Interest::kRead, [&](Readiness) {
    ++delivered;
    b.reset();
    loop.stop();
  });
  b = std::make_unique<Watch>(loop, second.near.get(), Interest::kRead, [&](Readiness) {
    ++delivered;
    a.reset();
    loop.stop();
  });
  ASSERT_EQ(::write(first.far.get(), "x", 1), 1);
  ASSERT_EQ(::write(second.far.get(), "x", 1), 1);
  loop.run();
  EXPECT_EQ(delivered, 1);
}

TEST(EpollLoop, LooksAtWhatHasComeBeforeATimeIsUp) {
  EpollLoop loop;
  Pair pair;
  bool timed_out = false;
  Timer timeout(loop, [&] {
    timed_out = true;
    loop.stop();
  });
  Watch watch(loop, pair.near.get(), Interest::kRead, [&](Readiness) {
    timeout.cancel();
    loop.stop();
  });
  // Both are the case in the first turn, as after one that took long.
  timeout.start_after(0ns);
  ASSERT_EQ(::write(pair.far.get(), "x", 1), 1);
  loop.run();
  EXPECT_FALSE(timed_out);
}

TEST(EpollLoop, TellsOfAHangUpEvenWithoutInterest) {
  EpollLoop loop;
  Pair pair;
  bool hung_up = false;
  Watch watch(loop, pair.near.get(), Interest::kNone, [&](Readiness ready) {
    hung_up = ready.hung_up;
    loop.stop();
  });
  pair.far.reset();
  loop.run();
  EXPECT_TRUE(hung_up);
}

TEST(EpollLoop, RunsTasksOfManyThreadsEachExactlyOnceInTheirOrder) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 500;
  EpollLoop loop;
  std::vector<std::vector<int>> seen(kThreads);
  int total = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&loop, &seen, &total, t] {
      for (int i = 0; i < kTasks; ++i) {
        loop.post([&loop, &seen, &total, t, i] {
          seen[static_cast<std::size_t>(t)].push_back(i);
          if (++total == kThreads * kTasks) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  for (const auto& order : seen) {
    ASSERT_EQ(order.size(), std::size_t{kTasks});
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  }
}

TEST(EpollLoop, FreezesTheTimeWhileCallbacksRun) {
  EpollLoop loop;
  Timer timer(loop, [&] {
    const MonoTime before = loop.now();
    const auto begun = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() == begun) {
    }
    EXPECT_EQ(loop.now(), before);
    loop.stop();
  });
  const MonoTime deadline = loop.now() + 1ms;
  timer.start_at(deadline);
  loop.run();
  EXPECT_GE(loop.now(), deadline);
}

TEST(Signals, ArriveAsEventsOfTheLoop) {
  EpollLoop loop;
  std::vector<int> seen;
  Signals signals(loop, {SIGUSR1, SIGUSR2}, [&](int number) {
    seen.push_back(number);
    if (seen.size() == 2) loop.stop();
  });
  ASSERT_EQ(::raise(SIGUSR1), 0);
  ASSERT_EQ(::raise(SIGUSR2), 0);
  loop.run();
  EXPECT_EQ(seen, (std::vector{SIGUSR1, SIGUSR2}));
}

}  // namespace
}  // namespace submeter::core
