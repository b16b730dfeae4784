// SPDX-License-Identifier: Apache-2.0
// The connection to queue.db that its tables share: its settings, its transactions, its size, and errors that
// name the file. Used by one thread at a time; calls block.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "store/database.h"
#include "submeter/result.h"

namespace submeter::store {

/// A row and its place in the tree, beyond its data.
constexpr std::uint64_t kRowOverhead = 48;

struct FileSpace {
  std::uint64_t file_bytes = 0;      ///< queue.db without its WAL.
  std::uint64_t reusable_bytes = 0;  ///< Pages in it that hold nothing.
  std::uint64_t disk_free = 0;       ///< Of the file system, for us.
};

class QueueDatabase {
 public:
  using Statements = std::span<const std::pair<Statement*, const char*>>;

  /// Makes an empty queue at `path`, where nothing may be; its stream has no name.
  static Result<void> create(const std::string& path);

  explicit QueueDatabase(std::string path) : path_(std::move(path)) {}
  /// Opens what create() made, of this version or an older one. First call; after a failure the object is of
  /// no use but for damaged().
  Result<void> open();
  const std::string& path() const { return path_; }
  /// A failure came from the content of the file: nothing will heal it.
  bool damaged() const { return damaged_; }
  /// The last failure was a full disk: nothing of the transaction is on it.
  bool out_of_space() const { return out_of_space_; }
  /// open() found an older version.
  bool updated() const { return updated_; }
  /// The file is still the one that was opened: nobody replaced or removed it.
  Result<void> check_identity() const;

  Result<void> prepare(Statements statements);
  Database& connection() { return database_; }
  /// The first number of the only row of a statement that is run once.
  Result<std::int64_t> query_number(const char* sql);

  /// After a failed transaction none begins any more: what it left on disk is unknown until the next opening.
  Result<void> begin();
  Result<void> commit();
  void roll_back();
  /// Instead of roll_back() where out_of_space(): what is on disk is known, and transactions go on.
  void undo();

  /// Takes all of the log into the file, so that it is written from its beginning again.
  Result<void> checkpoint();
  /// As checkpoint(), and the log is empty then.
  Result<void> settle();

  Result<FileSpace> space();
  /// queue.db and its WAL.
  std::uint64_t bytes_on_disk() const;

  /// An error of a statement, with the file's name; remembers whether it means damage.
  Error noted(const Error& error);
  Result<void> noted(const Result<void>& result);
  /// The file is sound for SQLite, but what stands in it cannot be.
  Error damage(const std::string& what);

 private:
  Result<void> configure();
  void fill_log() const;
  Result<void> update();

  std::string path_;
  bool damaged_ = false;
  bool out_of_space_ = false;
  bool updated_ = false;
  bool failed_ = false;
  std::uint64_t device_ = 0;  // of the file that was opened
  std::uint64_t inode_ = 0;

  Database database_;  // before the statements: they must be gone before it is
  Statement begin_;
  Statement commit_;
  Statement roll_back_;
  Statement checkpoint_;
  Statement page_size_;
  Statement page_count_;
  Statement free_pages_;
};

}  // namespace submeter::store
