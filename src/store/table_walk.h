// SPDX-License-Identifier: Apache-2.0
// Walking over a table of blocks, `block` or `held`, of a file that may be damaged anywhere: what SQLite can
// reach comes in order, what it cannot is stepped over. Used by one thread at a time; calls block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "store/database.h"
#include "submeter/result.h"

namespace submeter::store {

class TableWalk {
 public:
  struct Row {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::span<const std::uint8_t> data;  ///< Valid until the next call.
  };

  /// Keys are looked for up to `end`. `columns` as in "first_seq, last_seq, data"; the first is the key.
  static Result<TableWalk> begin(Database& database, const std::string& table, const std::string& key,
                                 const std::string& columns, std::int64_t after, std::int64_t end);
  /// The next block that can be read; nothing when there is none.
  std::optional<Row> next();

 private:
  TableWalk(Statement next, std::int64_t after, std::int64_t end)
      : next_(std::move(next)), after_(after), end_(end) {}
  std::optional<Row> step(std::int64_t after);
  std::optional<Row> step_over();

  Statement next_;
  std::int64_t after_;
  std::int64_t end_;
  bool unreadable_ = false;  // what the last step found, if it found anything
};

}  // namespace submeter::store
