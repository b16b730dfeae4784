// SPDX-License-Identifier: Apache-2.0
#include "store/queue_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/unique_fd.h"
#include "store/schema.h"

namespace submeter::store {
namespace {

/// The settings of a queue that loses nothing and spares its disk.
constexpr const char* kPragmas[] = {
    "PRAGMA synchronous = FULL",  // a commit that returned survives a power cut
    "PRAGMA mmap_size = 0",       // an I/O error is an error, not a SIGBUS
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = OFF",  // Debian's default writes every deleted page once more
    "PRAGMA journal_size_limit = 8388608",
    "PRAGMA foreign_keys = OFF",
};

/// The log is written from its beginning again when it has about so many bytes.
constexpr std::int64_t kLogBytes = 4 << 20;
/// Where a disk has less room than that many logs, it is not spent on one.
constexpr std::uint64_t kSpareLogs = 16;

std::uint64_t size_of_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

Result<void> QueueDatabase::create(const std::string& path) {
  Result<Database> database = Database::open(path, Database::Mode::kCreate);
  Result<void> done = database ? make_tables(*database) : database.error();
  if (!done) return Error{fmt::format("cannot create {}: {}", path, done.error().message)};
  return {};
}

Result<void> QueueDatabase::open() {
  Result<Database> database = Database::open(path_, Database::Mode::kExisting);
  if (!database) return Error{fmt::format("cannot open {}: {}", path_, database.error().message)};
  database_ = std::move(*database);
  if (Result<void> done = configure(); !done) return noted(done.error());
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return Error{fmt::format("{} is gone", path_)};
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (Result<void> done = update(); !done) return done;
  const std::pair<Statement*, const char*> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&roll_back_, "ROLLBACK"},
      {&page_size_, "PRAGMA page_size"},
      {&checkpoint_, "PRAGMA wal_checkpoint"},
      {&page_count_, "PRAGMA page_count"},
      {&free_pages_, "PRAGMA freelist_count"},
  };
  return prepare(statements);
}

Result<void> QueueDatabase::configure() {
  const Result<std::string> mode = database_.query_text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") return Error{"the file system does not let SQLite keep a write-ahead log"};
  for (const char* pragma : kPragmas) {
    if (Result<void> done = database_.execute(pragma); !done) return done;
  }
  database_.keep_wal();
  const Result<std::int64_t> page_bytes = query_number("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  const std::string often = fmt::format("PRAGMA wal_autocheckpoint = {}", kLogBytes / *page_bytes);
  if (Result<void> done = database_.execute(often.c_str()); !done) return done;
  fill_log();
  return {};
}

// While a log grows, the file system writes its own journal at each commit: five times what the log takes.
// So it gets its size at once. Zeros are no frames to SQLite. Where this fails, it grows as it would.
void QueueDatabase::fill_log() const {
  const core::UniqueFd log(::open((path_ + "-wal").c_str(), O_WRONLY | O_CLOEXEC));
  struct stat status {};
  struct statvfs system {};
  if (!log || ::fstat(log.get(), &status) != 0 || ::fstatvfs(log.get(), &system) != 0) return;
  if (std::uint64_t{system.f_bavail} * system.f_frsize < kSpareLogs * kLogBytes) return;
  constexpr std::array<char, 65536> kZeros{};
  ssize_t written = 1;
  // The frames of that many bytes of pages, and what the last commit may add.
  constexpr off_t kEnd = kLogBytes + kLogBytes / 16;
  for (off_t at = status.st_size; at < kEnd && written > 0; at += written) {
    written = ::pwrite(log.get(), kZeros.data(), std::min<std::size_t>(kZeros.size(), kEnd - at), at);
  }
}

// The header that opening.cc looked at may be older than the log.
Result<void> QueueDatabase::update() {
  const Result<std::int64_t> version = query_number("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == kSchemaVersion) return {};
  if (*version < 1 || *version > kSchemaVersion)
    return damage(fmt::format("its version {} is not known", *version));
  updated_ = true;
  return noted(update_tables(database_, *version));
}

Result<void> QueueDatabase::check_identity() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) return {};
  return Error{fmt::format("{} was replaced or removed under the running program", path_)};
}

Result<void> QueueDatabase::prepare(Statements statements) {
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database_.prepare(sql);
    if (!prepared) return noted(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<std::int64_t> QueueDatabase::query_number(const char* sql) {
  Result<Statement> statement = database_.prepare(sql);
  if (!statement) return noted(statement.error());
  const Result<std::int64_t> number = statement->number();
  if (!number) return noted(number.error());
  return *number;
}

Result<void> QueueDatabase::begin() {
  if (failed_) return Error{fmt::format("{} is not written any more after an earlier failure", path_)};
  return noted(begin_.run());
}

Result<void> QueueDatabase::commit() {
  return noted(commit_.run());
}

void QueueDatabase::roll_back() {
  failed_ = true;
  // Fails when SQLite has rolled back by itself; either way the file is as the last opening will find it.
  [[maybe_unused]] const Result<void> done = roll_back_.run();
}

void QueueDatabase::undo() {
  // SQLite may have rolled back by itself; then this fails, and there is nothing to undo.
  [[maybe_unused]] const Result<void> done = roll_back_.run();
  out_of_space_ = false;
}

Result<void> QueueDatabase::checkpoint() {
  return noted(checkpoint_.run());
}

Result<void> QueueDatabase::settle() {
  const Result<std::int64_t> busy = query_number("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return busy.error();
  return *busy == 0 ? Result<void>() : Error{fmt::format("{} is being read by another program", path_)};
}

Result<FileSpace> QueueDatabase::space() {
  const Result<std::int64_t> size = page_size_.number();
  if (!size) return noted(size.error());
  const Result<std::int64_t> pages = page_count_.number();
  if (!pages) return noted(pages.error());
  const Result<std::int64_t> free = free_pages_.number();
  if (!free) return noted(free.error());
  struct statvfs system {};
  if (::statvfs(path_.c_str(), &system) != 0) {
    return Error{fmt::format("cannot ask for the free space around {}: {}", path_, std::strerror(errno))};
  }
  return FileSpace{.file_bytes = static_cast<std::uint64_t>(*pages * *size),
                   .reusable_bytes = static_cast<std::uint64_t>(*free * *size),
                   .disk_free = std::uint64_t{system.f_bavail} * system.f_frsize};
}

std::uint64_t QueueDatabase::bytes_on_disk() const {
  return size_of_file(path_) + size_of_file(path_ + "-wal");
}

Error QueueDatabase::noted(const Error& error) {
  damaged_ = damaged_ || database_.damaged();
  out_of_space_ = database_.out_of_space();
  if (damaged_) database_.leave_untouched_at_close();
  return {fmt::format("{}: {}", path_, error.message)};
}

Result<void> QueueDatabase::noted(const Result<void>& result) {
  return result ? Result<void>() : noted(result.error());
}

Error QueueDatabase::damage(const std::string& what) {
  damaged_ = true;
  return noted(Error{what});
}

}  // namespace submeter::store
