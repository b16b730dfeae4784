// SPDX-License-Identifier: Apache-2.0
// A disk that is really full: others have filled it. On a small file system of its own, which takes root.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRecord = 4000;

class FullDiskTest : public StoreTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting a small file system takes root";
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << std::strerror(errno);
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0) << std::strerror(errno);
    ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=16m"), 0) << std::strerror(errno);
    options_.max_size = 64ULL << 20;
  }
  void TearDown() override { ::umount2(directory_.path().c_str(), MNT_DETACH); }

  std::string hog_path() const { return directory_.path() + "/hog"; }
  /// Somebody else's file takes what is left, to the last byte.
  void fill_disk() const {
    std::ofstream hog(hog_path(), std::ios::binary | std::ios::app);
    while (hog << std::string(4096, 'h') << std::flush) {
    }
  }
  std::string ballast_path() const { return directory_.path() + "/queue.ballast"; }
};

TEST_F(FullDiskTest, TheBallastLetsTheOldestMakeRoomForTheNewest) {
  const auto life = open();
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(life->append_and_flush(20, kRecord));
  ASSERT_TRUE(fs::exists(ballast_path()));
  fill_disk();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(life->append_and_flush(20, kRecord)) << life->failure;
    if (!fs::exists(ballast_path())) fill_disk();  // and takes what was thrown out as well
  }
  EXPECT_EQ(life->failure, "");
  EXPECT_FALSE(fs::exists(ballast_path()));
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_dropped").has_value(); }));
  const std::vector<Record> left = life->read_after(Sequence{0}, SIZE_MAX);
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.back().seq, Sequence{2500});
  EXPECT_EQ(left.front().seq.value + left.size(), 2501U) << "there is a hole";
  for (const Record& record : left) ASSERT_EQ(record, make_record(record.seq, kRecord));
}

TEST_F(FullDiskTest, RecordsWaitInMemoryWhereNothingCanMakeRoom) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(1));
  fs::remove(ballast_path());
  fill_disk();
  ASSERT_TRUE(life->append(500, kRecord));
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_full").has_value(); }));
  EXPECT_EQ(life->failure, "");
  EXPECT_EQ(life->committed.size(), 1U);
  ASSERT_TRUE(life->append(100, kRecord)) << "what comes meanwhile waits as well";
  fs::remove(hog_path());
  ASSERT_TRUE(life->flush());
  EXPECT_EQ(life->committed.size(), 601U);
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_resumed").has_value(); }));
  const std::vector<Record> records = life->read_after(Sequence{0}, SIZE_MAX);
  ASSERT_EQ(records.size(), 601U);
  for (std::size_t i = 1; i < records.size(); ++i)
    ASSERT_EQ(records[i], make_record(Sequence{i + 1}, kRecord));
}

TEST_F(FullDiskTest, ItStartsOnAFullDisk) {
  {
    const auto life = open();
    ASSERT_TRUE(life->append_and_flush(100, kRecord));
  }
  fill_disk();
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_EQ(life->queue->next_sequence(), Sequence{101});
  EXPECT_EQ(life->read_after(Sequence{0}, 1000).size(), 100U);
  EXPECT_TRUE(life->append_and_flush(20, kRecord));
}

TEST_F(FullDiskTest, AReadOnlyFileSystemIsNamed) {
  { ASSERT_TRUE(open()->append_and_flush(10)); }
  ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0)
      << std::strerror(errno);
  EXPECT_EQ(open()->error, "cannot open " + directory_.path() +
                               "/queue.lock: Read-only file system; the file system is mounted read-only");
}

TEST_F(FullDiskTest, TheBallastComesBackWhenThereIsRoom) {
  fs::remove(ballast_path());
  fill_disk();
  { EXPECT_NE(open()->error, "") << "there is no room to make a store"; }
  fs::remove(hog_path());
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_TRUE(fs::exists(ballast_path()));
}

}  // namespace
}  // namespace submeter::store
