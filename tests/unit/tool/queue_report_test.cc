// SPDX-License-Identifier: Apache-2.0
#include "tool/queue_report.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

Json waiting(double age_ms) {
  return {{"stream", "k3v9q2m7ta"},   {"acknowledged_seq", 40},   {"undelivered", 60},
          {"bytes_on_disk", 3 << 20}, {"oldest_age_ms", age_ms},  {"oldest_kept_seq", 7},
          {"newest_kept_seq", 100},   {"broker_connected", false}};
}

TEST(QueueReport, FindsWhatWaitsForMoreThanFiveMinutes) {
  EXPECT_FALSE(waits_too_long(waiting(299'999)));
  EXPECT_FALSE(waits_too_long(waiting(300'000)));
  EXPECT_TRUE(waits_too_long(waiting(300'001)));
  EXPECT_FALSE(waits_too_long({{"undelivered", 0}}));
}

TEST(QueueReport, SaysWhatIsKeptAndWhatWaits) {
  EXPECT_EQ(readable_queue(waiting(1000)),
            "stream   k3v9q2m7ta, 3.0 MiB on disk, records 7 to 100 are kept\n"
            "waiting  60 records, 41 to 100, the oldest for 1 s\n"
            "rate     not known yet\n"
            "broker   NOT connected; see: submeter status\n");
}

TEST(QueueReport, SaysOfABacklogWhetherItGetsShorter) {
  Json queue = waiting(60'001);
  queue.update({{"recorded_per_s", 2.0}, {"delivered_per_s", 0.0}, {"rates_over_ms", 60'000}});
  EXPECT_NE(readable_queue(queue).find("like that it does not get shorter"), std::string::npos);
  queue["oldest_age_ms"] = 60'000;
  EXPECT_EQ(readable_queue(queue).find("like that"), std::string::npos) << "records on their way";
  queue.update({{"delivered_per_s", 52.0}, {"drain_ms", 1200}});
  EXPECT_NE(
      readable_queue(queue).find(
          "52.00 delivered a second, 2.00 recorded, over the last 60 s; like that nothing waits in 1 s"),
      std::string::npos)
      << readable_queue(queue);
}

TEST(QueueReport, SaysWhatIsNotThereAndWhatWasLost) {
  const Json empty{{"stream", "k3v9q2m7ta"}, {"undelivered", 0}, {"oldest_kept_seq", 0},
                   {"held_for_clock", 5},    {"dropped", 12},    {"refused", 0}};
  EXPECT_EQ(readable_queue(empty),
            "stream   k3v9q2m7ta, 0.0 MiB on disk, no records yet\n"
            "waiting  nothing\n"
            "rate     not known yet\n"
            "held     5 readings wait for a trusted clock\n"
            "broker   none configured\n"
            "LOST     12 records were lost before they were delivered, since the start\n");
}

}  // namespace
}  // namespace submeter::tool
