// SPDX-License-Identifier: Apache-2.0
// Files of older versions become files of this one.
#include "store/schema.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/block.h"
#include "store/set_aside.h"
#include "tests/unit/store/failing_disk.h"
#include "tests/unit/store/queue_fixture.h"

namespace submeter::store {
namespace {

/// The tables of version 1, as its program made them.
constexpr const char* kVersion1[] = {
    "PRAGMA page_size = 4096",
    "BEGIN",
    "PRAGMA application_id = 1397575985",
    "PRAGMA user_version = 1",
    R"(CREATE TABLE block(first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, oldest_ms INTEGER NOT NULL,
                          newest_ms INTEGER NOT NULL, data BLOB NOT NULL) STRICT)",
    R"(CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), stream TEXT NOT NULL, newest INTEGER NOT NULL,
                          acknowledged INTEGER NOT NULL) STRICT)",
    "INSERT INTO state VALUES (1, 'k3v9q2m7ta', 30, 12)",
    "COMMIT",
    "PRAGMA journal_mode = WAL",
};

/// What the program of version 2 made of it.
constexpr const char* kVersion2[] = {
    "CREATE TABLE held(first_number INTEGER PRIMARY KEY, last_number INTEGER NOT NULL, data BLOB NOT NULL) "
    "STRICT",
    "ALTER TABLE state ADD COLUMN held_done INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE state ADD COLUMN times BLOB NOT NULL DEFAULT x''",
    "UPDATE state SET note = 'a note'",
    "PRAGMA user_version = 2",
};

class SchemaTest : public StoreTest {
 protected:
  /// Version 1 with thirty records, of which twelve are delivered.
  SchemaTest() {
    Result<Database> database = Database::open(directory_.database(), Database::Mode::kCreate);
    EXPECT_TRUE(database.ok());
    for (const char* sql : kVersion1) EXPECT_TRUE(database->execute(sql).ok()) << sql;
    Result<Statement> insert = database->prepare("INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5)");
    EXPECT_TRUE(insert.ok());
    for (std::uint64_t first = 1; first <= 21; first += 10) {
      std::vector<Record> records;
      for (std::uint64_t seq = first; seq < first + 10; ++seq) records.push_back(make_record(Sequence{seq}));
      const auto data = encode_block(records);
      insert->bind(1, static_cast<std::int64_t>(first)).bind(2, static_cast<std::int64_t>(first + 9));
      insert->bind(3, records.front().time.time_since_epoch().count());
      insert->bind(4, records.back().time.time_since_epoch().count());
      EXPECT_TRUE(insert->bind(5, std::span(data)).run().ok());
    }
  }
  /// What stands in the file itself, without its log.
  int version_in_header() const {
    std::ifstream file(directory_.database(), std::ios::binary);
    file.seekg(63);
    return file.get();
  }
};

TEST_F(SchemaTest, TakesOverAQueueOfVersionOne) {
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_EQ(life->queue->stream(), "k3v9q2m7ta");
  EXPECT_EQ(life->queue->next_sequence(), Sequence{31});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{12});
  const auto records = life->read_after(Sequence{0}, 100);
  ASSERT_EQ(records.size(), 30U);
  for (const Record& record : records) EXPECT_EQ(record, make_record(record.seq));
  EXPECT_EQ(life->queue->note(), "");
  EXPECT_EQ(life->queue->holding().waiting, 0U);
  EXPECT_EQ(life->read_times(make_record(Sequence{26}).time).size(), 5U);
  EXPECT_TRUE(life->events.empty());

  ASSERT_TRUE(life->hold(1, 3));
  EXPECT_EQ(life->read_held().size(), 3U);
  ASSERT_TRUE(life->append_and_flush(5));
}

TEST_F(SchemaTest, TakesItOverOnce) {
  { ASSERT_TRUE(open()->hold(1, 3)); }
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_EQ(life->queue->stream(), "k3v9q2m7ta");
  EXPECT_EQ(life->read_held().size(), 3U);
}

TEST_F(SchemaTest, WritesTheVersionWhereAnOlderProgramLooks) {
  ASSERT_EQ(version_in_header(), 1);
  const auto life = open();
  EXPECT_EQ(version_in_header(), 3);
}

TEST_F(SchemaTest, TakesOverAQueueOfVersionTwo) {
  for (const char* sql : kVersion2) tamper(sql);
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_EQ(life->queue->stream(), "k3v9q2m7ta") << "older versions kept no mark to prove it with";
  EXPECT_EQ(life->queue->next_sequence(), Sequence{31});
  EXPECT_EQ(life->queue->acknowledged(), Sequence{12});
  EXPECT_EQ(life->queue->note(), "a note");
  EXPECT_EQ(life->read_after(Sequence{0}, 100).size(), 30U);
  EXPECT_TRUE(life->events.empty());
}

TEST_F(SchemaTest, LeavesTheQueueAsItWasWhenTheDiskRefuses) {
  {
    const FileSizeLimit limit(0);
    EXPECT_NE(open()->error, "");
  }
  EXPECT_EQ(version_in_header(), 1);
  EXPECT_FALSE(damage_mark(directory_.database()).has_value());
  const auto life = open();
  EXPECT_EQ(life->error, "");
  EXPECT_EQ(life->queue->stream(), "k3v9q2m7ta");
  EXPECT_TRUE(directory_.files(".bad").empty());
}

TEST_F(SchemaTest, MakesNewQueuesWithTheSameTables) {
  constexpr const char* kTables =
      "SELECT group_concat(t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk) "
      "FROM sqlite_schema t, pragma_table_info(t.name) c";
  { ASSERT_EQ(open()->error, ""); }
  const std::string migrated = ask(kTables);
  std::filesystem::remove_all(directory_.database());
  std::filesystem::remove_all(directory_.database() + "-wal");
  { ASSERT_EQ(open()->error, ""); }
  EXPECT_EQ(ask(kTables), migrated);
}

// A newer program left its version in the log only.
TEST_F(SchemaTest, SetsAFileAsideWhoseLogIsNewer) {
  Result<Database> beside = Database::open(directory_.database(), Database::Mode::kExisting);
  ASSERT_TRUE(beside.ok());
  ASSERT_TRUE(beside->execute("PRAGMA user_version = 4").ok());
  ASSERT_EQ(version_in_header(), 1);
  const auto life = open();
  ASSERT_EQ(life->error, "");
  EXPECT_NE(life->queue->stream(), "k3v9q2m7ta");
  ASSERT_TRUE(life->wait_for([&] { return life->event("store_set_aside").has_value(); }));
  EXPECT_NE(life->event("store_set_aside")->text.find("its version 4 is not known"), std::string::npos);
}

}  // namespace
}  // namespace submeter::store
