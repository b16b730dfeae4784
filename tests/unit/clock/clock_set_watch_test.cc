// SPDX-License-Identifier: Apache-2.0
#include "clock/clock_set_watch.h"

#include <gtest/gtest.h>

#include "core/epoll_loop.h"

namespace submeter::clock {
namespace {

TEST(ClockSetWatch, IsQuietWhileNobodySetsTheClock) {
  core::EpollLoop loop;
  bool told = false;
  ClockSetWatch watch(loop, [&] { told = true; });
  Timer end(loop, [&] { loop.stop(); });
  end.start_after(Duration::zero());
  loop.run();
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace submeter::clock
