// SPDX-License-Identifier: Apache-2.0
#include "store/queue_state.h"

#include <span>
#include <string_view>
#include <utility>

#include "store/columns.h"

namespace submeter::store {

Result<void> StateTable::prepare() {
  const std::pair<Statement*, const char*> statements[] = {
      {&load_,
       "SELECT stream, owner, began, newest, acknowledged, packed, lost_first, lost_last, note, times "
       "FROM state"},
      {&save_,
       "UPDATE state SET stream = ?1, owner = ?2, began = ?3, newest = ?4, acknowledged = ?5, packed = ?6, "
       "lost_first = ?7, lost_last = ?8, note = ?9, times = ?10"},
  };
  return database_.prepare(statements);
}

Result<QueueState> StateTable::load() {
  const ResetAtExit reset(load_);
  const Result<bool> row = load_.next();
  if (!row) return database_.noted(row.error());
  if (!*row) return database_.damage("its stream has no name");
  QueueState state{.stream = load_.text(0),
                   .owner = load_.text(1),
                   .began = to_sequence(load_.integer(2)),
                   .newest = to_sequence(load_.integer(3)),
                   .acknowledged = to_sequence(load_.integer(4)),
                   .packed = to_sequence(load_.integer(5)),
                   .lost = {},
                   .note = load_.text(8),
                   .times = {}};
  const SequenceRange lost{to_sequence(load_.integer(6)), to_sequence(load_.integer(7))};
  if (lost.last != Sequence{}) state.lost = lost;
  const auto times = load_.blob(9);
  state.times.assign(times.begin(), times.end());
  return state;
}

Result<void> StateTable::save(const QueueState& state) {
  const SequenceRange lost = state.lost.value_or(SequenceRange{});
  save_.bind(1, std::string_view(state.stream)).bind(2, std::string_view(state.owner));
  save_.bind(3, to_column(state.began)).bind(4, to_column(state.newest));
  save_.bind(5, to_column(state.acknowledged)).bind(6, to_column(state.packed));
  save_.bind(7, to_column(lost.first)).bind(8, to_column(lost.last));
  save_.bind(9, std::string_view(state.note)).bind(10, std::span<const std::uint8_t>(state.times));
  return database_.noted(save_.run());
}

}  // namespace submeter::store
