// SPDX-License-Identifier: Apache-2.0
#include "store/queue_state.h"

#include <span>
#include <string_view>
#include <utility>

#include "store/columns.h"
#include "store/crc32c.h"
#include "store/sealed_bytes.h"

namespace submeter::store {

namespace {

constexpr const char* kLoad =
    "SELECT stream, owner, began, ended, newest, acknowledged, packed, lost_first, lost_last, note, times, "
    "sum "
    "FROM state";
constexpr const char* kSave =
    "UPDATE state SET stream = ?1, owner = ?2, began = ?3, ended = ?4, newest = ?5, acknowledged = ?6, "
    "packed = ?7, lost_first = ?8, lost_last = ?9, note = ?10, times = ?11, sum = ?12";

std::int64_t sum_of(const QueueState& state) {
  SealedWriter all("SMS1");
  for (const std::string& text : {state.stream, state.owner, state.note}) {
    all.put(std::uint64_t{text.size()});
    all.put(std::string_view(text));
  }
  const SequenceRange lost = state.lost.value_or(SequenceRange{});
  for (const Sequence seq :
       {state.began, state.ended, state.newest, state.acknowledged, state.packed, lost.first, lost.last}) {
    all.put(seq.value);
  }
  return std::int64_t{crc32c(all.seal())} << 32 | crc32c(state.times);
}

}  // namespace

Result<QueueState> read_state(Database& database, bool unsummed) {
  Result<Statement> load = database.prepare(kLoad);
  if (!load) return load.error();
  const Result<bool> row = load->next();
  if (!row) return row.error();
  if (!*row) return Error{"its row of state is missing"};
  QueueState state{.stream = load->text(0),
                   .owner = load->text(1),
                   .began = to_sequence(load->integer(2)),
                   .ended = to_sequence(load->integer(3)),
                   .newest = to_sequence(load->integer(4)),
                   .acknowledged = to_sequence(load->integer(5)),
                   .packed = to_sequence(load->integer(6)),
                   .lost = {},
                   .note = load->text(9),
                   .times = {}};
  const SequenceRange lost{to_sequence(load->integer(7)), to_sequence(load->integer(8))};
  if (lost.last != Sequence{}) state.lost = lost;
  const auto times = load->blob(10);
  state.times.assign(times.begin(), times.end());
  const bool sound = unsummed || state.stream.empty() || load->integer(11) == sum_of(state);
  return sound ? Result<QueueState>(std::move(state)) : Error{"its row of state does not match its checksum"};
}

Result<void> StateTable::prepare() {
  const std::pair<Statement*, const char*> statements[] = {{&save_, kSave}};
  return database_.prepare(statements);
}

Result<void> StateTable::save(const QueueState& state) {
  const SequenceRange lost = state.lost.value_or(SequenceRange{});
  save_.bind(1, std::string_view(state.stream)).bind(2, std::string_view(state.owner));
  save_.bind(3, to_column(state.began)).bind(4, to_column(state.ended)).bind(5, to_column(state.newest));
  save_.bind(6, to_column(state.acknowledged)).bind(7, to_column(state.packed));
  save_.bind(8, to_column(lost.first)).bind(9, to_column(lost.last));
  save_.bind(10, std::string_view(state.note)).bind(11, std::span<const std::uint8_t>(state.times));
  return database_.noted(save_.bind(12, sum_of(state)).run());
}

}  // namespace submeter::store
