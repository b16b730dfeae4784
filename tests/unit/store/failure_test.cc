// SPDX-License-Identifier: Apache-2.0
// Disks that refuse, and files that rot under a running queue.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/store/failing_disk.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

using FailureTest = StoreTest;

TEST_F(FailureTest, ReportsAWriteThatTheDiskRefuses) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  const FileSizeLimit limit(end_of_log(directory_.database() + "-wal"));
  ASSERT_TRUE(life->append(10));
  ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
  EXPECT_TRUE(life->failure.starts_with(directory_.database() + ": ")) << life->failure;
  EXPECT_EQ(life->committed.size(), 10U) << "what did not reach the disk was told as committed";
}

TEST_F(FailureTest, TakesAndTellsNothingAfterAFailure) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  {
    const FileSizeLimit limit(end_of_log(directory_.database() + "-wal"));
    ASSERT_TRUE(life->append(10));
    ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
  }
  EXPECT_FALSE(life->append(1));
  life->queue->flush([] { FAIL() << "nothing may be promised"; });
  EXPECT_EQ(life->read_after(Sequence{0}, 100).size(), 10U);
  EXPECT_EQ(life->committed.size(), 10U);
}

TEST_F(FailureTest, RecoversWhatWasCommittedBeforeAFailure) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
    const FileSizeLimit limit(end_of_log(directory_.database() + "-wal"));
    ASSERT_TRUE(life->append(10));
    ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
  }
  const auto life = open();
  EXPECT_EQ(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{11});
  EXPECT_EQ(life->read_after(Sequence{0}, 100).size(), 10U);
}

TEST_F(FailureTest, LeavesRecordsAndTheirReleaseUndoneTogether) {
  {
    const auto life = open();
    ASSERT_TRUE(life->hold(1, 10));
    ASSERT_TRUE(life->append_and_flush(10));
    const FileSizeLimit limit(end_of_log(directory_.database() + "-wal"));
    ASSERT_TRUE(life->append(5));
    life->queue->release(HeldNumber{5}, [] { FAIL() << "nothing may be promised"; });
    ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
    EXPECT_FALSE(life->queue->hold("one more", RecordKind::kSample));
  }
  const auto life = open();
  EXPECT_EQ(life->queue->next_sequence(), Sequence{11});
  EXPECT_EQ(life->read_held().size(), 10U);
  EXPECT_EQ(life->queue->holding().waiting, 10U);
}

TEST_F(FailureTest, AnswersNoReaderWhoWaitsForAFailedCommit) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  const FileSizeLimit limit(end_of_log(directory_.database() + "-wal"));
  ASSERT_TRUE(life->hold(1, 10));
  life->queue->read_held({}, 100, [](const std::vector<HeldEntry>&) { FAIL() << "it is not on disk"; });
  ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
}

TEST_F(FailureTest, SetsAsideAtTheNextStartWhatRottedUnderIt) {
  options_.keep_delivered = std::chrono::seconds{3600};
  {
    const auto life = open();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(life->append_and_flush(50, 3000));
  }
  tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    std::fstream file(directory_.database(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string garbage(kPageBytes, '\xA5');
    file.seekp(kPageBytes);  // every page but the first
    for (auto left = std::filesystem::file_size(directory_.database()) / kPageBytes; left > 1; --left)
      file << garbage;
    file.close();
    life->queue->read_after(Sequence{0}, 1000,
                            [](const std::vector<Record>&) { FAIL() << "garbage was read"; });
    ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
  }
  const auto life = open();
  EXPECT_NE(life->queue->stream(), stream);
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_set_aside").has_value(); }));
  EXPECT_NE(life->event("store_set_aside")->text.find("malformed"), std::string::npos);
  EXPECT_TRUE(life->append_and_flush(10));
}

}  // namespace
}  // namespace submeter::store
