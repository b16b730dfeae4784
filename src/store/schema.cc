// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <fmt/format.h>

#include <span>
#include <string>

#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr const char* kVersion1[] = {
    R"(CREATE TABLE block(first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL,
                          oldest_ms INTEGER NOT NULL, newest_ms INTEGER NOT NULL, data BLOB NOT NULL) STRICT)",
    R"(CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), stream TEXT NOT NULL,
                          newest INTEGER NOT NULL, acknowledged INTEGER NOT NULL) STRICT)",
    "INSERT INTO state(id, stream, newest, acknowledged) VALUES (1, '', 0, 0)",
};

constexpr const char* kVersion2[] = {
    R"(CREATE TABLE held(first_number INTEGER PRIMARY KEY, last_number INTEGER NOT NULL,
                         data BLOB NOT NULL) STRICT)",
    "ALTER TABLE state ADD COLUMN held_done INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE state ADD COLUMN times BLOB NOT NULL DEFAULT x''",
    "PRAGMA user_version = 2",
};

constexpr const char* kVersion3[] = {
    "ALTER TABLE state ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE state ADD COLUMN began INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE state ADD COLUMN packed INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN lost_first INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN lost_last INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN ended INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN sum INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE state ADD COLUMN held_check INTEGER NOT NULL DEFAULT 0",
    "UPDATE state SET held_check = -1 - held_done",
    "PRAGMA user_version = 3",
};

Result<void> run_all(Database& database, std::span<const char* const> statements) {
  for (const char* sql : statements) {
    if (Result<void> done = database.execute(sql); !done) return done;
  }
  return {};
}

}  // namespace

// A new queue is one of version 1, brought up to date: there is one way to these tables.
Result<void> make_tables(Database& database) {
  const std::string application = fmt::format("PRAGMA application_id = {}", kApplicationId);
  const std::string page_size = fmt::format("PRAGMA page_size = {}", kPageBytes);
  const char* const begin[] = {page_size.c_str(), "PRAGMA synchronous = FULL", "BEGIN", application.c_str()};
  if (Result<void> done = run_all(database, begin); !done) return done;
  if (Result<void> done = run_all(database, kVersion1); !done) return done;
  if (Result<void> done = run_all(database, kVersion2); !done) return done;
  if (Result<void> done = run_all(database, kVersion3); !done) return done;
  return database.execute("COMMIT");
}

Result<void> update_tables(Database& database, std::int64_t from) {
  SUBMETER_CHECK(from >= 1 && from < kSchemaVersion);
  if (Result<void> done = database.execute("BEGIN IMMEDIATE"); !done) return done;
  if (from < 2) {
    if (Result<void> done = run_all(database, kVersion2); !done) return done;
  }
  if (Result<void> done = run_all(database, kVersion3); !done) return done;
  if (Result<void> done = database.execute("COMMIT"); !done) return done;
  // Into the file itself, where the next start, of an older program perhaps, looks for the version.
  return database.execute("PRAGMA wal_checkpoint");
}

}  // namespace submeter::store
