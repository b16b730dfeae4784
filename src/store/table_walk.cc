// SPDX-License-Identifier: Apache-2.0
#include "store/table_walk.h"

#include <fmt/format.h>

#include <utility>

namespace submeter::store {

Result<TableWalk> TableWalk::begin(Database& database, const std::string& table, const std::string& key,
                                   const std::string& columns, std::int64_t after, std::int64_t end) {
  const std::string sql =
      fmt::format("SELECT {} FROM {} WHERE {} > ?1 ORDER BY {} LIMIT 1", columns, table, key, key);
  Result<Statement> next = database.prepare(sql.c_str());
  if (!next) return next.error();
  return TableWalk(std::move(*next), after, end);
}

std::optional<TableWalk::Row> TableWalk::next() {
  std::optional<Row> row = step(after_);
  if (!row && unreadable_) row = step_over();
  if (row) after_ = row->first;
  return row;
}

std::optional<TableWalk::Row> TableWalk::step(std::int64_t after) {
  next_.reset();
  const Result<bool> row = next_.bind(1, after).next();
  unreadable_ = !row;
  if (!row || !*row) return std::nullopt;
  Row found{.first = next_.integer(0), .last = next_.integer(1), .data = next_.blob(2)};
  // In a damaged tree keys need not be in order: going on from such a one would go round in circles.
  unreadable_ = found.first <= after || found.first > end_;
  return unreadable_ ? std::nullopt : std::optional(found);
}

// Doubles its stride until it stands behind the damage, then halves it back to its edge.
std::optional<TableWalk::Row> TableWalk::step_over() {
  std::int64_t damaged = after_;
  std::int64_t stride = 1;
  while (unreadable_ && damaged < end_) {
    damaged += stride;
    stride *= 2;
    step(damaged);
  }
  if (unreadable_) return std::nullopt;
  std::int64_t readable = damaged;
  damaged = after_;
  while (readable - damaged > 1) {
    const std::int64_t middle = damaged + (readable - damaged) / 2;
    step(middle);
    (unreadable_ ? damaged : readable) = middle;
  }
  return step(readable);
}

}  // namespace submeter::store
