// SPDX-License-Identifier: Apache-2.0
// What a bus does that is asked for more than it can carry.
#include "tests/unit/poll/bus_poller_fixture.h"

namespace submeter::poll {
namespace {

using namespace std::chrono_literals;
using test::addresses_as_values;

// Four meters at 1 s on a line that takes 260 ms for each: 1.04 s of work a second, and one at 10 s besides.
TEST_F(BusPollerTest, SkipsCyclesOfTheLongestIntervalFirstWhenTheBusCannotCarryAll) {
  master.answer_with([](const modbus::ReadRequest& request) {
    auto reply = addresses_as_values(request);
    reply.delay = 260ms;
    return reply;
  });
  start_with({one_point("slow", 9, 10s), one_point("a", 1, 1s), one_point("b", 2, 1s), one_point("c", 3, 1s),
              one_point("d", 4, 1s)});
  loop.advance(120s);  // until it knows
  master.forget_asked();
  loop.advance(600s);
  // 600 s hold 2,307 reads.
  for (std::uint8_t unit = 1; unit <= 4; ++unit) EXPECT_GE(asked_of(unit).size(), 573U) << int{unit};
  // Starved for ten cycles, 100 s, it is let in once.
  EXPECT_GE(asked_of(9).size(), 5U);
  EXPECT_LE(asked_of(9).size(), 7U);
}

TEST_F(BusPollerTest, ServesMetersOfOneIntervalInTurnWhenTheBusCannotCarryAll) {
  master.answer_with([](const modbus::ReadRequest& request) {
    auto reply = addresses_as_values(request);
    reply.delay = 400ms;
    return reply;
  });
  start_with({one_point("a", 1, 1s), one_point("b", 2, 1s), one_point("c", 3, 1s)});
  loop.advance(600s);
  for (std::uint8_t unit = 1; unit <= 3; ++unit) {
    EXPECT_NEAR(static_cast<double>(asked_of(unit).size()), 600.0 / 1.2, 5.0) << int{unit};
  }
}

}  // namespace
}  // namespace submeter::poll
