// SPDX-License-Identifier: Apache-2.0
#include "store/queue_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "store/block.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr const char* kCreateBlocks =
    "CREATE TABLE block(first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, oldest_ms INTEGER NOT "
    "NULL, "
    "newest_ms INTEGER NOT NULL, data BLOB NOT NULL) STRICT";
constexpr const char* kCreateState =
    "CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), stream TEXT NOT NULL, newest INTEGER NOT "
    "NULL, "
    "acknowledged INTEGER NOT NULL) STRICT";
constexpr const char* kInsertState = "INSERT INTO state VALUES (1, ?1, 0, 0)";

/// Blocks that hold ?1 or something behind it, in order, without walking over those before.
constexpr const char* kRead =
    "SELECT first_seq, last_seq, oldest_ms, data FROM block WHERE last_seq >= ?1 AND first_seq >= "
    "(SELECT coalesce(max(first_seq), 0) FROM block WHERE first_seq <= ?1) ORDER BY first_seq";

/// The settings of a queue that loses nothing and spares its disk.
constexpr const char* kPragmas[] = {
    "PRAGMA synchronous = FULL",  // a commit that returned survives a power cut
    "PRAGMA mmap_size = 0",       // an I/O error is an error, not a SIGBUS
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = OFF",  // Debian's default writes every deleted page once more
    "PRAGMA journal_size_limit = 8388608",
    "PRAGMA foreign_keys = OFF",
};

std::int64_t to_column(Sequence seq) {
  return static_cast<std::int64_t>(seq.value);
}

Sequence to_sequence(std::int64_t column) {
  return {static_cast<std::uint64_t>(column)};
}

UtcTime to_time(std::int64_t column) {
  return UtcTime{std::chrono::milliseconds{column}};
}

std::uint64_t size_of_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// How many of `records` the next block takes: at least one.
std::size_t block_length(std::span<const Record> records) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(records.size(), QueueFile::kMaxBlockRecords) && bytes < QueueFile::kMaxBlockBytes) {
    bytes += kRecordOverhead + records[count].circuit.size() + records[count].json.size();
    ++count;
  }
  return count;
}

/// The one number a statement answers with; 0 when it has no row.
Result<std::int64_t> single(Statement& statement) {
  const ResetAtExit reset(statement);
  const Result<bool> row = statement.next();
  if (!row) return row.error();
  return *row ? statement.integer(0) : 0;
}

Result<void> fill(Database& database, std::string_view stream) {
  const std::string application = fmt::format("PRAGMA application_id = {}", QueueFile::kApplicationId);
  const std::string version = fmt::format("PRAGMA user_version = {}", QueueFile::kVersion);
  for (const char* sql : {"PRAGMA page_size = 4096", "PRAGMA synchronous = FULL", "BEGIN",
                          application.c_str(), version.c_str(), kCreateBlocks, kCreateState}) {
    if (Result<void> done = database.execute(sql); !done) return done;
  }
  Result<Statement> insert = database.prepare(kInsertState);
  if (!insert) return insert.error();
  if (Result<void> done = insert->bind(1, stream).run(); !done) return done;
  return database.execute("COMMIT");
}

}  // namespace

Result<void> QueueFile::create(const std::string& path, std::string_view stream) {
  Result<Database> database = Database::open(path, Database::Mode::kCreate);
  Result<void> done = database ? fill(*database, stream) : database.error();
  if (!done) return Error{fmt::format("cannot create {}: {}", path, done.error().message)};
  return {};
}

Result<void> QueueFile::open() {
  Result<Database> database = Database::open(path_, Database::Mode::kExisting);
  if (!database) return Error{fmt::format("cannot open {}: {}", path_, database.error().message)};
  database_ = std::move(*database);
  for (const auto step : {&QueueFile::configure, &QueueFile::prepare, &QueueFile::load}) {
    if (Result<void> done = (this->*step)(); !done) return noted(done.error());
  }
  return {};
}

Result<void> QueueFile::configure() {
  const Result<std::string> mode = database_.query_text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") return Error{"the file system does not let SQLite keep a write-ahead log"};
  for (const char* pragma : kPragmas) {
    if (Result<void> done = database_.execute(pragma); !done) return done;
  }
  database_.keep_wal();
  return {};
}

Result<void> QueueFile::prepare() {
  const std::pair<Statement*, const char*> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&roll_back_, "ROLLBACK"},
      {&insert_, "INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&remove_, "DELETE FROM block WHERE first_seq <= ?1"},
      {&save_cursor_, "UPDATE state SET newest = ?1, acknowledged = ?2"},
      {&oldest_blocks_,
       "SELECT first_seq, last_seq, newest_ms, length(data) FROM block ORDER BY first_seq LIMIT ?1"},
      {&read_, kRead},
      {&newest_time_, "SELECT newest_ms FROM block ORDER BY first_seq DESC LIMIT 1"},
      {&page_size_, "PRAGMA page_size"},
      {&page_count_, "PRAGMA page_count"},
      {&free_pages_, "PRAGMA freelist_count"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database_.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

Result<void> QueueFile::load() {
  Result<Statement> state = database_.prepare("SELECT stream, newest, acknowledged FROM state");
  if (!state) return state.error();
  const Result<bool> row = state->next();
  if (!row) return row.error();
  damaged_ = !*row;
  if (damaged_) return Error{"its stream has no name"};
  stream_ = state->text(0);
  newest_saved_ = to_sequence(state->integer(1));
  acknowledged_ = to_sequence(state->integer(2));

  Result<Statement> last = database_.prepare("SELECT last_seq FROM block ORDER BY first_seq DESC LIMIT 1");
  if (!last) return last.error();
  const Result<std::int64_t> newest = single(*last);
  if (!newest) return newest.error();
  newest_ = to_sequence(*newest);
  damaged_ = newest_ < newest_saved_ || newest_ < acknowledged_;
  if (!damaged_) return {};
  return Error{
      fmt::format("its newest record is {}, but it had reached {} before: the sequence cannot be continued",
                  newest_.value, std::max(newest_saved_, acknowledged_).value)};
}

Result<void> QueueFile::begin() {
  if (failed_) return Error{fmt::format("{} is not written any more after an earlier failure", path_)};
  if (Result<void> done = begin_.run(); !done) return noted(done.error());
  return {};
}

Result<void> QueueFile::commit() {
  if (Result<void> done = commit_.run(); !done) return noted(done.error());
  return {};
}

void QueueFile::roll_back() {
  failed_ = true;
  // Fails when SQLite has rolled back by itself; either way the file is as the last opening will find it.
  [[maybe_unused]] const Result<void> done = roll_back_.run();
}

Result<void> QueueFile::add(std::span<const Record> records) {
  while (!records.empty()) {
    const std::size_t count = block_length(records);
    if (Result<void> done = add_block(records.first(count)); !done) return noted(done.error());
    records = records.subspan(count);
  }
  return {};
}

Result<void> QueueFile::add_block(std::span<const Record> records) {
  SUBMETER_CHECK(records.front().seq == newest_.next());
  const auto by_time = [](const Record& a, const Record& b) { return a.time < b.time; };
  const auto [oldest, newest] = std::minmax_element(records.begin(), records.end(), by_time);
  const std::vector<std::uint8_t> data = encode_block(records);
  insert_.bind(1, to_column(records.front().seq)).bind(2, to_column(records.back().seq));
  insert_.bind(3, oldest->time.time_since_epoch().count()).bind(4, newest->time.time_since_epoch().count());
  Result<void> done = insert_.bind(5, std::span(data)).run();
  if (done) newest_ = records.back().seq;
  return done;
}

Result<void> QueueFile::save_cursor(Sequence acknowledged) {
  if (acknowledged == acknowledged_ && newest_ == newest_saved_) return {};
  save_cursor_.bind(1, to_column(newest_)).bind(2, to_column(acknowledged));
  if (Result<void> done = save_cursor_.run(); !done) return noted(done.error());
  acknowledged_ = acknowledged;
  newest_saved_ = newest_;
  return {};
}

Result<void> QueueFile::remove_through(Sequence through) {
  SUBMETER_CHECK(through < newest_);
  if (Result<void> done = remove_.bind(1, to_column(through)).run(); !done) return noted(done.error());
  return {};
}

Result<std::vector<BlockInfo>> QueueFile::oldest_blocks(std::size_t limit) {
  const ResetAtExit reset(oldest_blocks_);
  oldest_blocks_.bind(1, static_cast<std::int64_t>(limit));
  std::vector<BlockInfo> blocks;
  while (true) {
    const Result<bool> row = oldest_blocks_.next();
    if (!row) return noted(row.error());
    if (!*row) return blocks;
    blocks.push_back(
        {.range = {to_sequence(oldest_blocks_.integer(0)), to_sequence(oldest_blocks_.integer(1))},
         .newest = to_time(oldest_blocks_.integer(2)),
         .bytes = static_cast<std::uint64_t>(oldest_blocks_.integer(3))});
  }
}

Result<ReadOutcome> QueueFile::read_after(Sequence after, std::size_t limit) {
  const ResetAtExit reset(read_);
  read_.bind(1, to_column(after.next()));
  ReadOutcome outcome;
  while (outcome.records.size() < limit) {
    const Result<bool> row = read_.next();
    if (!row) return noted(row.error());
    if (!*row) break;
    const SequenceRange range{to_sequence(read_.integer(0)), to_sequence(read_.integer(1))};
    Result<std::vector<Record>> block = decode_block(read_.blob(3));
    if (!block || block->front().seq != range.first || block->back().seq != range.last) {
      outcome.damaged.push_back({std::max(range.first, after.next()), range.last});
      continue;
    }
    for (Record& record : *block) {
      if (record.seq > after && outcome.records.size() < limit) outcome.records.push_back(std::move(record));
    }
  }
  return outcome;
}

Result<std::optional<UtcTime>> QueueFile::oldest_time_after(Sequence after) {
  const ResetAtExit reset(read_);
  const Result<bool> row = read_.bind(1, to_column(after.next())).next();
  if (!row) return noted(row.error());
  return *row ? std::optional(to_time(read_.integer(2))) : std::nullopt;
}

Result<UtcTime> QueueFile::newest_time() {
  const Result<std::int64_t> time = single(newest_time_);
  if (!time) return noted(time.error());
  return to_time(*time);
}

Result<FileSpace> QueueFile::space() {
  const Result<std::int64_t> size = single(page_size_);
  if (!size) return noted(size.error());
  const Result<std::int64_t> pages = single(page_count_);
  if (!pages) return noted(pages.error());
  const Result<std::int64_t> free = single(free_pages_);
  if (!free) return noted(free.error());
  struct statvfs system {};
  if (::statvfs(path_.c_str(), &system) != 0) {
    return Error{fmt::format("cannot ask for the free space around {}: {}", path_, std::strerror(errno))};
  }
  return FileSpace{.file_bytes = static_cast<std::uint64_t>(*pages * *size),
                   .reusable_bytes = static_cast<std::uint64_t>(*free * *size),
                   .disk_free = std::uint64_t{system.f_bavail} * system.f_frsize};
}

std::uint64_t QueueFile::bytes_on_disk() const {
  return size_of_file(path_) + size_of_file(path_ + "-wal");
}

Error QueueFile::noted(const Error& error) {
  damaged_ = damaged_ || database_.damaged();
  if (damaged_) database_.leave_untouched_at_close();
  return {fmt::format("{}: {}", path_, error.message)};
}

}  // namespace submeter::store
