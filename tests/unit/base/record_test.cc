// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "submeter/record_queue.h"

namespace submeter {
namespace {

TEST(RecordKind, IsNamedAsInTopicsAndRecords) {
  EXPECT_STREQ(to_string(RecordKind::kSample), "sample");
  EXPECT_STREQ(to_string(RecordKind::kInterval), "interval");
  EXPECT_STREQ(to_string(RecordKind::kEvent), "event");
}

}  // namespace
}  // namespace submeter
