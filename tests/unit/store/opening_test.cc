// SPDX-License-Identifier: Apache-2.0
// What a start does with the files it finds.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include "store/set_aside.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

namespace fs = std::filesystem;

class OpeningTest : public StoreTest {
 protected:
  /// A store with ten records.
  std::string fill() {
    const auto life = open();
    EXPECT_TRUE(life->append_and_flush(10));
    return life->queue->stream();
  }
  /// Opens, and expects the file of before under another name and a new stream in its place, which begins
  /// behind everything that was known of.
  void expect_set_aside(const std::string& old_stream, const std::string& reason,
                        Sequence begins = Sequence{11}) {
    const auto life = open();
    ASSERT_EQ(life->error, "");
    EXPECT_NE(life->queue->stream(), old_stream);
    EXPECT_EQ(life->queue->next_sequence(), begins);
    ASSERT_TRUE(life->wait_for([&] { return life->event("stream_started").has_value(); }));
    EXPECT_EQ(life->events[0].name, "store_set_aside");
    EXPECT_NE(life->events[0].text.find(reason), std::string::npos) << life->events[0].text;
    EXPECT_EQ(life->event("stream_started")->first, begins);
    EXPECT_EQ(directory_.files(".bad").size(), 1U);
    EXPECT_TRUE(life->append_and_flush(3));
  }
};

TEST_F(OpeningTest, SetsAFileAsideThatIsNoDatabase) {
  overwrite(directory_.database(), std::string(5000, 'x'));
  expect_set_aside("", "it is no SQLite database", Sequence{1});
  EXPECT_EQ(content(directory_.files(".bad").at(0)), std::string(5000, 'x'));
}

TEST_F(OpeningTest, NamesTheFileAfterItsLastChange) {
  overwrite(directory_.database(), "short");
  struct timespec times[2] = {{.tv_sec = 1'795'212'900, .tv_nsec = 0},
                              {.tv_sec = 1'795'212'900, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, directory_.database().c_str(), times, 0), 0);
  expect_set_aside("", "it is no SQLite database", Sequence{1});
  EXPECT_EQ(directory_.files(".bad").at(0), directory_.database() + ".20261120T221500Z.bad");
}

TEST_F(OpeningTest, KeepsEveryFileThatWasSetAside) {
  for (int i = 0; i < 3; ++i) {
    overwrite(directory_.database(), "short");
    struct timespec times[2] = {};
    ASSERT_EQ(::utimensat(AT_FDCWD, directory_.database().c_str(), times, 0), 0);
    ASSERT_EQ(open()->error, "");
  }
  EXPECT_EQ(directory_.files(".bad").size(), 3U);
}

TEST_F(OpeningTest, SetsAFileAsideThatBelongsToAnotherProgram) {
  const std::string stream = fill();
  tamper("PRAGMA application_id = 7");
  tamper("PRAGMA journal_mode = DELETE");
  expect_set_aside(stream, "it belongs to another program");
}

TEST_F(OpeningTest, SetsAFileAsideThatANewerProgramMade) {
  const std::string stream = fill();
  tamper("PRAGMA user_version = 4");
  tamper("PRAGMA journal_mode = DELETE");
  expect_set_aside(stream, "a newer submeter-collector made it (version 4, this one knows 3)");
}

TEST_F(OpeningTest, SetsAFileAsideWithoutOurTables) {
  const std::string stream = fill();
  tamper("DROP TABLE state");
  expect_set_aside(stream, "no such table");
}

TEST_F(OpeningTest, SetsAFileAsideWithoutAStream) {
  const std::string stream = fill();
  tamper("DELETE FROM state");
  expect_set_aside(stream, "its row of state is missing");
}

TEST_F(OpeningTest, BeginsANewStreamWhereTheSequenceCannotBeContinued) {
  const std::string stream = fill();
  tamper("DELETE FROM block");
  expect_set_aside(stream, "its newest record is 0, but it had reached 10 before");
}

TEST_F(OpeningTest, SetsAFileAsideWithADestroyedPage) {
  const std::string stream = fill();
  tamper("PRAGMA journal_mode = DELETE");
  std::string bytes = content(directory_.database());
  bytes.replace(100, 3900, 3900, '\xA5');  // the rest of page 1: the schema
  overwrite(directory_.database(), bytes);
  expect_set_aside(stream, "malformed");
}

TEST_F(OpeningTest, SetsALogAsideThatLostItsFile) {
  const std::string log = directory_.database() + "-wal";
  std::string bytes;
  std::string stream;
  {
    const auto life = open();
    stream = life->queue->stream();
    ASSERT_TRUE(life->append_and_flush(10));
    bytes = content(log);
  }
  fs::remove(directory_.database());
  overwrite(log, bytes);
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_NE(life->queue->stream(), stream);
  EXPECT_EQ(life->queue->next_sequence(), Sequence{11});
  ASSERT_EQ(directory_.files(".bad-wal").size(), 1U);
  EXPECT_EQ(content(directory_.files(".bad-wal").at(0)), bytes);
}

TEST_F(OpeningTest, SetsAFileAsideThatTheLastRunFoundDamaged) {
  const std::string stream = fill();
  mark_damaged(directory_.database(), "database disk image is malformed");
  expect_set_aside(stream, "database disk image is malformed");
  EXPECT_TRUE(open()->events.empty()) << "it is remembered once";
  EXPECT_EQ(directory_.files(".bad").size(), 1U);
}

TEST_F(OpeningTest, TakesAnEmptyFileForNone) {
  overwrite(directory_.database(), "");
  const auto life = open();
  ASSERT_EQ(life->error, "");
  ASSERT_TRUE(life->wait_for([&] { return !life->events.empty(); }));
  EXPECT_EQ(life->events[0].name, "stream_started");
  EXPECT_TRUE(directory_.files(".bad").empty());
}

TEST_F(OpeningTest, StartsOverACreationThatWasCutShort) {
  overwrite(directory_.path() + "/queue.new", std::string(3000, 'x'));
  EXPECT_EQ(open()->error, "");
  EXPECT_TRUE(directory_.files(".new").empty());
}

TEST_F(OpeningTest, MakesItsDirectory) {
  options_.dir += "/new";
  EXPECT_EQ(open()->error, "");
}

TEST_F(OpeningTest, SaysThatThereIsNoPlaceForItsDirectory) {
  options_.dir += "/nowhere/new";
  EXPECT_EQ(open()->error,
            "cannot open " + options_.dir +
                "/queue.lock: No such file or directory; create the directory or change store.dir");
}

TEST_F(OpeningTest, LetsOneProcessIn) {
  const auto first = open();
  const auto second = open();
  EXPECT_NE(second->error.find("another submeter-collector uses this store"), std::string::npos)
      << second->error;
}

TEST_F(OpeningTest, SaysWhoMustOwnAStoreItMayNotOpen) {
  fs::permissions(directory_.path(), fs::perms::none);
  const bool root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  EXPECT_TRUE(!root || ::seteuid(kNobody) == 0);
  const std::string error = open()->error;
  EXPECT_TRUE(!root || ::seteuid(0) == 0);
  fs::permissions(directory_.path(), fs::perms::owner_all);
  EXPECT_EQ(error,
            "cannot open " + directory_.path() +
                "/queue.lock: Permission denied; the store must belong to the user that runs this program");
}

TEST_F(OpeningTest, OpensWithTheSettingsThatSurviveAPowerCut) {
  const auto life = open();
  Result<Database> beside = Database::open(directory_.database(), Database::Mode::kExisting);
  ASSERT_TRUE(beside.ok());
  const std::array<std::pair<const char*, const char*>, 4> expected{{{"PRAGMA journal_mode", "wal"},
                                                                     {"PRAGMA page_size", "1024"},
                                                                     {"PRAGMA application_id", "1397575985"},
                                                                     {"PRAGMA user_version", "3"}}};
  for (const auto& [pragma, value] : expected) {
    const Result<std::string> answer = beside->query_text(pragma);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(*answer, value) << pragma;
  }
}

}  // namespace
}  // namespace submeter::store
