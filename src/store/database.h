// SPDX-License-Identifier: Apache-2.0
// SQLite with owners and results: the only file of the module that knows its C interface.
//
// A connection may be used by one thread after another, never by two at once. Prepared statements only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "submeter/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace submeter::store {

/// A prepared statement. Parameters are counted from 1, columns from 0; bound bytes are not copied and must
/// live until the statement has run.
class Statement {
 public:
  Statement() = default;

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view value);
  Statement& bind(int parameter, std::span<const std::uint8_t> value);
  /// True: a row is there. False: there are no more, and the statement is ready for the next use.
  Result<bool> next();
  /// For statements whose rows, if any, nobody wants.
  Result<void> run();
  /// The one number it answers with; 0 when it has no row.
  Result<std::int64_t> number();
  /// Ends the reading of rows early.
  void reset();

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  /// Valid until the next row.
  std::span<const std::uint8_t> blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement at the end of a scope, so that no read transaction stays open behind a return.
class ResetAtExit {
 public:
  explicit ResetAtExit(Statement& statement) : statement_(statement) {}
  ~ResetAtExit() { statement_.reset(); }
  ResetAtExit(const ResetAtExit&) = delete;
  ResetAtExit& operator=(const ResetAtExit&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  enum class Mode { kExisting, kCreate };

  Database() = default;
  /// The statements must be gone before the connection is.
  static Result<Database> open(const std::string& path, Mode mode);

  Result<Statement> prepare(const char* sql);
  /// Runs one statement and forgets it: pragmas, tables, transactions at opening.
  Result<void> execute(const char* sql);
  /// As execute(), for a statement that answers with one text.
  Result<std::string> query_text(const char* sql);
  /// The WAL file stays when the connection closes: it is written over, not made anew.
  void keep_wal();
  /// Closing leaves the files as they are: evidence, or somebody else's.
  void leave_untouched_at_close();
  /// The last failure says that the file is no sound database.
  bool damaged() const;
  /// The last failure says that the disk is full: nothing of the transaction is on it.
  bool out_of_space() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace submeter::store
