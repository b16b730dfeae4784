// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/simulated_loop.h"

namespace submeter {
namespace {

using namespace std::chrono_literals;
using test::SimulatedLoop;

TEST(Timer, RunsInOrderOfDeadlineAndThenOfStarting) {
  SimulatedLoop loop;
  std::string order;
  Timer a(loop, [&] { order += 'a'; });
  Timer b(loop, [&] { order += 'b'; });
  Timer c(loop, [&] { order += 'c'; });
  c.start_after(2ms);
  b.start_after(1ms);
  a.start_after(2ms);
  loop.advance(2ms);
  EXPECT_EQ(order, "bca");
}

TEST(Timer, IsNeverEarly) {
  SimulatedLoop loop;
  std::optional<MonoTime> fired;
  Timer timer(loop, [&] { fired = loop.now(); });
  const MonoTime deadline = loop.now() + 5ms;
  timer.start_at(deadline);
  loop.advance(5ms - 1ns);
  EXPECT_FALSE(fired.has_value());
  loop.advance(1ns);
  EXPECT_EQ(fired, deadline);
}

TEST(Timer, FiresInTheNextBatchWhenItsDeadlineHasPassed) {
  SimulatedLoop loop;
  std::vector<MonoTime> fired;
  Timer timer(loop, [&] { fired.push_back(loop.now()); });
  timer.start_at(loop.now() - 1h);
  EXPECT_TRUE(fired.empty());
  loop.settle();
  EXPECT_EQ(fired, std::vector{loop.now()});
}

TEST(Timer, StartedByACallbackDoesNotRunInTheSameBatch) {
  SimulatedLoop loop;
  std::string order;
  Timer second(loop, [&] { order += '2'; });
  Timer first(loop, [&] {
    order += '1';
    second.start_after(0ns);
  });
  Timer third(loop, [&] { order += '3'; });
  first.start_after(1ms);
  third.start_after(1ms);
  loop.advance(1ms);
  EXPECT_EQ(order, "132");
}

TEST(Timer, CancelledByAnEarlierCallbackOfTheSameInstantDoesNotRun) {
  SimulatedLoop loop;
  bool ran = false;
  Timer victim(loop, [&] { ran = true; });
  Timer killer(loop, [&] { victim.cancel(); });
  killer.start_after(1ms);
  victim.start_after(1ms);
  loop.advance(2ms);
  EXPECT_FALSE(ran);
  EXPECT_FALSE(victim.armed());
}

TEST(Timer, MayDestroyItselfInItsCallback) {
  SimulatedLoop loop;
  std::string kept(64, 'x');  // long enough to live on the heap inside the callback
  std::unique_ptr<Timer> timer;
  std::string seen;
  timer = std::make_unique<Timer>(loop, [&timer, &seen, kept] {
    timer.reset();
    seen = kept;
  });
  timer->start_after(1ms);
  loop.advance(1ms);
  EXPECT_EQ(seen, kept);
}

TEST(Timer, MayStartItselfAgainInItsCallback) {
  SimulatedLoop loop;
  int runs = 0;
  std::optional<Timer> timer;
  timer.emplace(loop, [&] {
    if (++runs < 3) timer->start_after(1ms);
  });
  timer->start_after(1ms);
  loop.advance(10ms);
  EXPECT_EQ(runs, 3);
}

TEST(Timer, RestartedMovesToItsNewDeadline) {
  SimulatedLoop loop;
  std::vector<MonoTime> fired;
  Timer timer(loop, [&] { fired.push_back(loop.now()); });
  timer.start_after(1ms);
  timer.start_after(7ms);
  const MonoTime expected = loop.now() + 7ms;
  loop.advance(20ms);
  EXPECT_EQ(fired, std::vector{expected});
}

// Against a model: whatever is started and cancelled, what fires is what a sorted list says.
TEST(TimerQueue, FiresLikeASortedListUnderManyStartsAndCancels) {
  SimulatedLoop loop;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 200; ++i) {
    timers.push_back(std::make_unique<Timer>(loop, [&fired, i] { fired.push_back(i); }));
  }
  std::vector<std::pair<MonoTime, int>> expected;
  std::uint32_t state = 12345;
  for (std::size_t i = 0; i < timers.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    timers[i]->start_after(std::chrono::microseconds(state >> 20));
    if (state % 3 == 0) {
      timers[i]->cancel();
    } else {
      expected.emplace_back(timers[i]->deadline(), static_cast<int>(i));
    }
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  loop.advance(1s);
  std::vector<int> order;
  for (const auto& [deadline, index] : expected) order.push_back(index);
  EXPECT_EQ(fired, order);
}

}  // namespace
}  // namespace submeter
