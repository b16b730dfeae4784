// SPDX-License-Identifier: Apache-2.0
#include "store/queue_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/block.h"
#include "store/columns.h"
#include "store/stored_block.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

/// Blocks that hold ?1 or something behind it, in order, without walking over those before.
constexpr const char* kRead =
    "SELECT first_seq, last_seq, oldest_ms, data FROM block WHERE last_seq >= ?1 AND first_seq >= "
    "(SELECT coalesce(max(first_seq), 0) FROM block WHERE first_seq <= ?1) ORDER BY first_seq";

/// Blocks from the newest to the oldest; the data only of those that can match.
constexpr const char* kSearch =
    "SELECT first_seq, CASE WHEN newest_ms >= ?3 THEN data END FROM block "
    "WHERE first_seq > ?1 AND first_seq < ?2 ORDER BY first_seq DESC LIMIT ?4";

/// As kRead; the data only of those that have something in [?2, ?3).
constexpr const char* kRange =
    "SELECT first_seq, last_seq, oldest_ms, CASE WHEN newest_ms >= ?2 AND oldest_ms < ?3 THEN data END "
    "FROM block WHERE last_seq >= ?1 AND first_seq >= "
    "(SELECT coalesce(max(first_seq), 0) FROM block WHERE first_seq <= ?1) ORDER BY first_seq";

/// How many of `records` the next block takes: at least one, and none behind a hole.
std::size_t block_length(std::span<const Record> records) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(records.size(), QueueFile::kMaxBlockRecords) && bytes < QueueFile::kMaxBlockBytes) {
    if (count > 0 && records[count].seq != records[count - 1].seq.next()) break;
    bytes += kRecordOverhead + records[count].circuit.size() + records[count].json.size();
    ++count;
  }
  return count;
}

/// The times in a block that are among the earliest so far.
void gather(std::span<const std::uint8_t> data, TimesSearch& search) {
  constexpr auto kByTime = [](const SampleTime& a, const SampleTime& b) { return a.time < b.time; };
  // Damage is told by whoever reads records; these have no times.
  const Result<std::vector<Record>> block = decode_stored_block(data);
  if (!block) return;
  auto& found = search.found;  // a heap, the latest in front
  for (const Record& record : *block) {
    if (record.kind == RecordKind::kInterval || record.time < search.since) continue;
    search.truncated = search.truncated || found.size() == search.limit;
    if (found.size() == search.limit) {
      if (record.time >= found.front().time) continue;
      std::ranges::pop_heap(found, kByTime);
      found.pop_back();
    }
    const bool event = record.kind == RecordKind::kEvent;
    found.push_back({.circuit = event ? std::string() : record.circuit, .time = record.time});
    std::ranges::push_heap(found, kByTime);
  }
}

}  // namespace

Result<void> QueueFile::open() {
  if (Result<void> done = database_.open(); !done) return done;
  const std::pair<Statement*, const char*> statements[] = {
      {&insert_, "INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&remove_, "DELETE FROM block WHERE first_seq <= ?1"},
      {&remove_run_, "DELETE FROM block WHERE first_seq BETWEEN ?1 AND ?2"},
      {&loose_, "SELECT first_seq, last_seq, data FROM block WHERE first_seq > ?1 ORDER BY first_seq"},
      {&oldest_blocks_,
       "SELECT first_seq, last_seq, newest_ms, length(data) FROM block ORDER BY first_seq LIMIT ?1"},
      {&read_, kRead},
      {&search_, kSearch},
      {&range_, kRange},
      {&newest_time_, "SELECT newest_ms FROM block ORDER BY first_seq DESC LIMIT 1"},
  };
  if (Result<void> done = database_.prepare(statements); !done) return done;
  if (Result<void> done = state_table_.prepare(); !done) return done;
  return database_.updated() ? bring_up_to_date() : load();
}

Result<void> QueueFile::load() {
  Result<QueueState> state = read_state(database_.connection(), unsummed_);
  if (!state) return database_.damage(state.error().message);
  state_ = std::move(*state);
  const auto last = database_.query_number("SELECT last_seq FROM block ORDER BY first_seq DESC LIMIT 1");
  if (!last) return last.error();
  const auto oldest = database_.query_number("SELECT first_seq FROM block ORDER BY first_seq LIMIT 1");
  if (!oldest) return oldest.error();
  oldest_ = to_sequence(*oldest);
  newest_ = std::max(to_sequence(*last), Sequence{state_.began.value - 1});
  if (newest_ < state_.newest || newest_ < state_.acknowledged) {
    return database_.damage(
        fmt::format("its newest record is {}, but it had reached {} before: the sequence cannot be continued",
                    newest_.value, std::max(state_.newest, state_.acknowledged).value));
  }
  if (Result<void> done = load_times(); !done) return done;
  return held_.open();
}

/// The row of an older version has no checksum yet.
Result<void> QueueFile::bring_up_to_date() {
  unsummed_ = true;
  if (Result<void> done = load(); !done) return done;
  unsummed_ = false;
  if (Result<void> done = begin(); !done) return done;
  if (Result<void> done = save(); !done) return done;
  return commit();
}

std::optional<SequenceRange> QueueFile::hole() const {
  const SequenceRange hole{state_.ended.next(), Sequence{state_.began.value - 1}};
  return hole.first <= hole.last ? std::optional(hole) : std::nullopt;
}

// What was added behind the last save is looked up: little, or all of it where an older version wrote it.
Result<void> QueueFile::load_times() {
  times_ = LatestTimes(state_.times);
  Statement rest;
  const std::pair<Statement*, const char*> statements[] = {
      {&rest, "SELECT last_seq, newest_ms FROM block WHERE first_seq > ?1 ORDER BY first_seq"}};
  if (Result<void> done = database_.prepare(statements); !done) return done;
  rest.bind(1, to_column(times_.reached()));
  while (true) {
    const Result<bool> row = rest.next();
    if (!row) return database_.noted(row.error());
    if (!*row) return {};
    times_.add(to_sequence(rest.integer(0)), to_time(rest.integer(1)));
  }
}

Result<void> QueueFile::keep_mark(const std::optional<Mark>& known) {
  if (known && known->stream == state_.stream && known->acknowledged <= newest_) {
    state_.acknowledged = std::max(state_.acknowledged, known->acknowledged);
  }
  mark_.emplace();
  marked_ = mark(state_.acknowledged);
  return mark_->open(path(), marked_);
}

Mark QueueFile::mark(Sequence acknowledged) const {
  return {.stream = state_.stream,
          .newest = newest_,
          .acknowledged = std::max(acknowledged, state_.acknowledged),
          .held = held_.newest()};
}

// Before anybody is told of the commit, so that no record reaches a broker that the mark does not know.
Result<void> QueueFile::commit(Sequence acknowledged) {
  if (Result<void> done = database_.commit(); !done) return done;
  Mark now = mark(acknowledged);
  if (!mark_ || now == marked_) return {};
  marked_ = std::move(now);
  return mark_->write(marked_);
}

Result<void> QueueFile::undo() {
  database_.undo();
  return load();
}

Result<void> QueueFile::add(std::span<const Record> records, Packing packing) {
  while (!records.empty()) {
    const std::size_t count = block_length(records);
    if (Result<void> done = add_block(records.first(count), packing); !done) return done;
    records = records.subspan(count);
  }
  return packing == Packing::kAlways ? note_packed(newest_) : Result<void>();
}

Result<void> QueueFile::add_block(std::span<const Record> records, Packing packing) {
  SUBMETER_CHECK(records.front().seq > newest_);
  const Result<UtcTime> latest = insert(records, encode_stored_block(records, packing));
  if (!latest) return latest.error();
  newest_ = records.back().seq;
  if (oldest_ == Sequence{}) oldest_ = records.front().seq;
  times_.add(newest_, *latest);
  return {};
}

Result<UtcTime> QueueFile::insert(std::span<const Record> records, std::span<const std::uint8_t> data) {
  const auto by_time = [](const Record& a, const Record& b) { return a.time < b.time; };
  const auto [oldest, newest] = std::minmax_element(records.begin(), records.end(), by_time);
  insert_.bind(1, to_column(records.front().seq)).bind(2, to_column(records.back().seq));
  insert_.bind(3, to_column(oldest->time)).bind(4, to_column(newest->time));
  if (Result<void> done = insert_.bind(5, data).run(); !done) return database_.noted(done.error());
  return newest->time;
}

Result<std::vector<Record>> QueueFile::loose_records(std::size_t enough, std::size_t enough_bytes,
                                                     Sequence cursor) {
  const ResetAtExit reset(loose_);
  loose_.bind(1, to_column(state_.packed));
  std::vector<Record> run;
  std::size_t bytes = 0;
  std::size_t blocks = 0;
  while (run.size() < enough && bytes < enough_bytes) {
    const Result<bool> row = loose_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) return std::vector<Record>{};
    const SequenceRange range{to_sequence(loose_.integer(0)), to_sequence(loose_.integer(1))};
    const std::vector<Record>* block = open_block(range, loose_.blob(2));
    const bool goes_on = block != nullptr && !run.empty() && range.first == run.back().seq.next() &&
                         (run.back().seq <= cursor) == (range.last <= cursor);
    if (!run.empty() && !goes_on) {
      if (blocks > 1) break;
      run.clear();
      bytes = blocks = 0;
    }
    if (run.empty()) state_.packed = Sequence{range.first.value - 1};  // what is before it stays as it is
    if (block == nullptr) continue;  // damage is told by whoever reads records
    ++blocks;
    for (const Record& record : *block) {
      bytes += record.circuit.size() + record.json.size();
      run.push_back(record);
    }
  }
  if (blocks > 1) return run;
  state_.packed = run.back().seq;
  return std::vector<Record>{};
}

Result<void> QueueFile::replace_by(std::span<const Record> records, std::span<const std::uint8_t> data) {
  remove_run_.bind(1, to_column(records.front().seq)).bind(2, to_column(records.back().seq));
  if (Result<void> done = remove_run_.run(); !done) return database_.noted(done.error());
  if (const Result<UtcTime> done = insert(records, data); !done) return done.error();
  return note_packed(records.back().seq);
}

Result<void> QueueFile::note_packed(Sequence through) {
  state_.packed = through;
  return save();
}

Result<void> QueueFile::save_state(Sequence acknowledged, const std::string& note) {
  if (acknowledged == state_.acknowledged && newest_ == state_.newest && note == state_.note) return {};
  state_.acknowledged = acknowledged;
  state_.note = note;
  return save();
}

Result<void> QueueFile::begin_stream(const std::string& name, const std::string& owner, Sequence first) {
  SUBMETER_CHECK(first > newest_);
  state_.stream = name;
  state_.owner = owner;
  state_.began = first;
  state_.ended = newest_;
  newest_ = Sequence{first.value - 1};
  return save();
}

Result<void> QueueFile::note_owner(const std::string& owner) {
  state_.owner = owner;
  return save();
}

Result<void> QueueFile::add_lost(SequenceRange evicted) {
  state_.lost = SequenceRange{state_.lost ? state_.lost->first : evicted.first, evicted.last};
  return save();
}

Result<void> QueueFile::forget_lost(Sequence through) {
  if (!state_.lost || through < state_.lost->first) return {};
  state_.lost->first = through.next();
  if (state_.lost->first > state_.lost->last) state_.lost.reset();
  return save();
}

Result<void> QueueFile::save() {
  state_.newest = newest_;
  state_.times = times_.encode();
  return state_table_.save(state_);
}

Result<void> QueueFile::remove_through(Sequence through) {
  SUBMETER_CHECK(through < newest_);
  times_.forget(through);
  oldest_ = std::max(oldest_, through.next());
  return database_.noted(remove_.bind(1, to_column(through)).run());
}

Result<std::vector<BlockInfo>> QueueFile::oldest_blocks(std::size_t limit) {
  const ResetAtExit reset(oldest_blocks_);
  oldest_blocks_.bind(1, static_cast<std::int64_t>(limit));
  std::vector<BlockInfo> blocks;
  while (true) {
    const Result<bool> row = oldest_blocks_.next();
    if (!row) return database_.noted(row.error());
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
  Sequence expected = std::max(after, state_.acknowledged).next();
  while (outcome.records.size() < limit) {
    const Result<bool> row = read_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) break;
    const SequenceRange range{to_sequence(read_.integer(0)), to_sequence(read_.integer(1))};
    note_vanished({expected, Sequence{range.first.value - 1}}, outcome);
    expected = std::max(expected, range.last.next());
    const std::vector<Record>* block = open_block(range, read_.blob(3));
    if (block == nullptr) {
      outcome.damaged.push_back({std::max(range.first, after.next()), range.last});
      continue;
    }
    for (const Record& record : *block) {
      if (record.seq > after && outcome.records.size() < limit) outcome.records.push_back(record);
    }
  }
  return outcome;
}

// Rows can vanish with a page, and SQLite sees nothing wrong in what is left.
void QueueFile::note_vanished(SequenceRange range, ReadOutcome& outcome) const {
  if (const auto known = hole(); known && range.last == known->last) range.last = state_.ended;
  if (range.first <= range.last) outcome.damaged.push_back(range);
}

// A reader takes a large block in bites.
const std::vector<Record>* QueueFile::open_block(SequenceRange range, std::span<const std::uint8_t> data) {
  if (opened_ == range) return &opened_records_;
  opened_.reset();
  Result<std::vector<Record>> block = decode_stored_block(data);
  if (!block || block->front().seq != range.first || block->back().seq != range.last) return nullptr;
  opened_records_ = std::move(*block);
  opened_ = range;
  return &opened_records_;
}

Result<std::optional<UtcTime>> QueueFile::oldest_time_after(Sequence after) {
  const ResetAtExit reset(read_);
  const Result<bool> row = read_.bind(1, to_column(after.next())).next();
  if (!row) return database_.noted(row.error());
  return *row ? std::optional(to_time(read_.integer(2))) : std::nullopt;
}

Result<UtcTime> QueueFile::newest_time() {
  const Result<std::int64_t> time = newest_time_.number();
  if (!time) return database_.noted(time.error());
  return to_time(*time);
}

Result<void> QueueFile::search(TimesSearch& search) {
  const ResetAtExit reset(search_);
  search_.bind(1, to_column(times_.all_earlier(search.since))).bind(2, to_column(search.before));
  search_.bind(3, to_column(search.since)).bind(4, static_cast<std::int64_t>(kSearchBite));
  std::size_t looked_at = 0;
  std::size_t opened = 0;
  while (opened < kSearchOpens) {
    const Result<bool> row = search_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) {
      search.complete = looked_at < kSearchBite;
      return {};
    }
    ++looked_at;
    search.before = to_sequence(search_.integer(0));
    if (search_.blob(1).empty()) continue;
    ++opened;
    gather(search_.blob(1), search);
  }
  return {};
}

Result<RangeBite> QueueFile::read_range(const RangeQuery& query) {
  const ResetAtExit reset(range_);
  RangeBite bite;
  bite.next = std::max(query.after, times_.all_earlier(query.from));
  range_.bind(1, to_column(bite.next.next())).bind(2, to_column(query.from)).bind(3, to_column(query.to));
  std::size_t opened = 0;
  for (std::size_t looked_at = 0; looked_at < kSearchBite && opened < kRangeOpens; ++looked_at) {
    const Result<bool> row = range_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) {
      bite.done = true;
      break;
    }
    const SequenceRange range{to_sequence(range_.integer(0)), to_sequence(range_.integer(1))};
    // What is gone was earlier than what follows it; where this is as early as the span, it was not of it.
    if (range.first > bite.next.next() && to_time(range_.integer(2)) > query.from) {
      bite.missing.push_back({bite.next.next(), Sequence{range.first.value - 1}});
    }
    bite.next = std::max(bite.next, Sequence{range.first.value - 1});
    const auto data = range_.blob(3);
    if (data.empty()) {
      bite.next = range.last;
      continue;
    }
    ++opened;
    if (!take_from_block(data, range, query, bite)) break;
  }
  return bite;
}

}  // namespace submeter::store
