// SPDX-License-Identifier: Apache-2.0
// A sequence number that may have been published is never given to another record: when a stream goes on,
// and when a new one begins.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "store/queue_mark.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

namespace fs = std::filesystem;

class ContinuityTest : public StoreTest {
 protected:
  /// As a kill leaves the files: the log is not taken into the database.
  void keep_files() {
    for (const char* name : {"/queue.db", "/queue.db-wal", "/queue.mark"}) {
      kept_.emplace_back(directory_.path() + name, content(directory_.path() + name));
    }
  }
  void put_back_files() const {
    for (const auto& [path, bytes] : kept_) overwrite(path, bytes);
  }
  std::string mark_path() const { return directory_.path() + "/queue.mark"; }
  /// Opens, and expects the records of before and a new stream behind `newest`.
  void expect_new_stream(const std::string& old_stream, const std::string& reason, Sequence newest) {
    const auto life = open();
    ASSERT_EQ(life->error, "");
    EXPECT_NE(life->queue->stream(), old_stream);
    EXPECT_EQ(life->queue->next_sequence(), newest.next());
    ASSERT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
    const StoreEvent event = *life->event("stream_started");
    EXPECT_NE(event.text.find(reason), std::string::npos) << event.text;
    EXPECT_EQ(event.first, newest.next());
    EXPECT_TRUE(directory_.files(".bad").empty());
    EXPECT_TRUE(life->append_and_flush(3));
  }

  std::vector<std::pair<std::string, std::string>> kept_;
};

TEST_F(ContinuityTest, AMarkSaysHowFarTheSequenceCame) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  const auto mark = read_mark(directory_.database());
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->stream, life->queue->stream());
  EXPECT_EQ(mark->newest, Sequence{10});
}

TEST_F(ContinuityTest, AMarkWithAnyByteChangedIsNone) {
  { ASSERT_TRUE(open()->append_and_flush(10)); }
  const std::string bytes = content(mark_path());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] ^= 0x20;
    overwrite(mark_path(), changed);
    EXPECT_FALSE(read_mark(directory_.database()).has_value()) << "byte " << i;
    overwrite(mark_path(), bytes.substr(0, i));
    EXPECT_FALSE(read_mark(directory_.database()).has_value()) << "cut to " << i;
  }
}

TEST_F(ContinuityTest, AStreamGoesOnOverRestarts) {
  std::string stream;
  for (int i = 0; i < 3; ++i) {
    const auto life = open();
    if (i == 0) stream = life->queue->stream();
    EXPECT_EQ(life->queue->stream(), stream);
    ASSERT_TRUE(life->append_and_flush(10));
  }
}

TEST_F(ContinuityTest, AMarkThatIsBehindProvesNothing) {
  const auto first = open();
  ASSERT_TRUE(first->append_and_flush(10));
  const std::string old_mark = content(mark_path());
  ASSERT_TRUE(first->append_and_flush(10));
  const std::string stream = first->queue->stream();
  keep_files();
  first->queue.reset();
  put_back_files();
  overwrite(mark_path(), old_mark);
  const auto life = open();
  EXPECT_EQ(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{21});
}

TEST_F(ContinuityTest, ALogThatLostItsTailIsNoticed) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
    ASSERT_TRUE(life->append_and_flush(10));
    keep_files();
  }
  put_back_files();
  std::string log = content(directory_.database() + "-wal");
  // One bit in the page image of the last commit: its checksum is wrong, and SQLite takes the log to end
  // there.
  log[end_of_log(directory_.database() + "-wal") - 100] ^= 1;
  overwrite(directory_.database() + "-wal", log);
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_NE(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{21});
  ASSERT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
  ASSERT_TRUE(life->event("store_damaged").has_value());
  EXPECT_EQ(life->event("store_damaged")->first, Sequence{11});
  EXPECT_EQ(life->event("store_damaged")->last, Sequence{20});
  EXPECT_EQ(life->queue->status().undelivered, 10U);
  ASSERT_TRUE(life->append_and_flush(5));
  EXPECT_EQ(life->queue->status().undelivered, 15U);
  const std::vector<Record> left = life->read_after(Sequence{0}, 100);
  ASSERT_EQ(left.size(), 15U);
  EXPECT_EQ(left[9].seq, Sequence{10});
  EXPECT_EQ(left[10].seq, Sequence{21});
}

TEST_F(ContinuityTest, AnOlderCopyOfTheStoreBeginsANewStream) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
  }
  const std::string copy = content(directory_.database());
  { ASSERT_TRUE(open()->append_and_flush(10)); }
  overwrite(directory_.database(), copy);
  fs::remove(directory_.database() + "-wal");
  expect_new_stream(stream, "it ends with record 10, but 20 had been committed", Sequence{20});
}

TEST_F(ContinuityTest, AStoreWithoutAMarkBeginsANewStream) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
  }
  fs::remove(mark_path());
  expect_new_stream(stream, "queue.mark beside it is missing or damaged", Sequence{10});
}

TEST_F(ContinuityTest, AStoreOfAnotherStreamThanItsMarkBeginsANewOne) {
  Directory other;
  StoreOptions elsewhere = options_;
  elsewhere.dir = other.path();
  { ASSERT_TRUE(Life(elsewhere, random_).append_and_flush(30)); }
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
  }
  fs::copy_file(other.path() + "/queue.mark", mark_path(), fs::copy_options::overwrite_existing);
  expect_new_stream(stream, "queue.mark beside it is of another stream", Sequence{30});
}

TEST_F(ContinuityTest, AStoreThatIsGoneIsReportedAndItsNumbersAreNotGivenAgain) {
  { ASSERT_TRUE(open()->append_and_flush(10)); }
  fs::remove(directory_.database());
  fs::remove(directory_.database() + "-wal");
  const auto life = open();
  EXPECT_EQ(life->queue->next_sequence(), Sequence{11});
  ASSERT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
  EXPECT_NE(life->events[0].text.find("is gone; it had reached record 10"), std::string::npos)
      << life->events[0].text;
}

TEST_F(ContinuityTest, AStoreOfAnotherGatewayGoesOnWithANewStream) {
  std::string stream;
  {
    Life life(options_, random_, "hq/gw-1");
    stream = life.queue->stream();
    ASSERT_TRUE(life.append_and_flush(10));
  }
  { EXPECT_EQ(Life(options_, random_, "hq/gw-1").queue->stream(), stream); }
  Life life(options_, random_, "hq/gw-2");
  EXPECT_NE(life.queue->stream(), stream);
  EXPECT_EQ(life.queue->next_sequence(), Sequence{11});
  ASSERT_TRUE(life.wait_for([&] { return life.event("stream_started").has_value(); }));
  EXPECT_NE(life.event("stream_started")->text.find("it was the store of hq/gw-1"), std::string::npos);
  EXPECT_EQ(life.read_after(Sequence{0}, 100).size(), 10U) << "what waits is still delivered";
}

TEST_F(ContinuityTest, AWholeFileThatWasNotYetInItsPlaceIsTaken) {
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
  }
  fs::rename(directory_.database(), directory_.path() + "/queue.new");
  fs::remove(directory_.database() + "-wal");
  const auto life = open();
  EXPECT_EQ(life->queue->stream(), stream);
  EXPECT_EQ(life->read_after(Sequence{0}, 100).size(), 10U);
}

TEST_F(ContinuityTest, AFileThatIsReplacedUnderTheRunningQueueEndsIt) {
  const auto life = open();
  ASSERT_TRUE(life->append_and_flush(10));
  fs::copy_file(directory_.database(), directory_.path() + "/copy");
  fs::rename(directory_.path() + "/copy", directory_.database());
  ASSERT_TRUE(life->append(1));
  life->queue->flush([] { FAIL() << "nothing may be promised"; });
  ASSERT_TRUE(life->wait_for([&] { return !life->failure.empty(); }));
  EXPECT_NE(life->failure.find("was replaced or removed under the running program"), std::string::npos);
}

}  // namespace
}  // namespace submeter::store
