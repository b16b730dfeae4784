// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "submeter/check.h"

namespace submeter::store {
namespace {

/// How long to wait for a tool that reads the file in a short transaction.
constexpr int kBusyTimeoutMs = 5000;

Error error_of(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection);
  const int system = sqlite3_system_errno(connection);
  const std::string cause = system == 0 ? "" : fmt::format(", errno {}", system);
  return {fmt::format("{} (SQLite {}{})", sqlite3_errmsg(connection), code, cause)};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  SUBMETER_CHECK(sqlite3_bind_int64(statement_.get(), parameter, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  const auto size = static_cast<sqlite3_uint64>(value.size());
  SUBMETER_CHECK(sqlite3_bind_text64(statement_.get(), parameter, value.data(), size, SQLITE_STATIC,
                                     SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::uint8_t> value) {
  const auto size = static_cast<sqlite3_uint64>(value.size());
  SUBMETER_CHECK(sqlite3_bind_blob64(statement_.get(), parameter, value.data(), size, SQLITE_STATIC) ==
                 SQLITE_OK);
  return *this;
}

Result<bool> Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  // Taken before the reset, which may touch the connection's error.
  Error error = error_of(sqlite3_db_handle(statement_.get()));
  reset();
  return error;
}

Result<void> Statement::run() {
  while (true) {
    const Result<bool> row = next();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

Result<std::int64_t> Statement::number() {
  const ResetAtExit reset(*this);
  const Result<bool> row = next();
  if (!row) return row.error();
  return *row ? integer(0) : 0;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return text == nullptr ? std::string() : std::string(text, text + size);
}

std::span<const std::uint8_t> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::span<const std::uint8_t>()
                          : std::span(bytes, static_cast<std::size_t>(size));
}

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database;
  database.connection_.reset(connection);
  if (connection == nullptr) return Error{"no memory for SQLite"};
  if (code != SQLITE_OK) return error_of(connection);
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  return database;
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    return error_of(connection_.get());
  }
  return Statement(statement);
}

Result<void> Database::execute(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  return statement->run();
}

Result<std::string> Database::query_text(const char* sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->next();
  if (!row) return row.error();
  return *row ? statement->text(0) : std::string();
}

void Database::keep_wal() {
  int on = 1;
  sqlite3_file_control(connection_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

void Database::leave_untouched_at_close() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

bool Database::damaged() const {
  const int code = sqlite3_errcode(connection_.get()) & 0xFF;
  // Our statements are right: what SQLite cannot make sense of is a file without our tables.
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
}

// Writing fails before the mark of the commit is written; syncing fails with another code.
bool Database::out_of_space() const {
  return (sqlite3_errcode(connection_.get()) & 0xFF) == SQLITE_FULL;
}

}  // namespace submeter::store
