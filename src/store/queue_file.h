// SPDX-License-Identifier: Apache-2.0
// queue.db: blocks of records, held entries (store/held_table.h), and one row of state (store/queue_state.h);
// its tables are in store/schema.h. Mechanism without policy: what to remove and when is decided in
// store/retention.h, how a broken file is replaced in store/opening.h.
//
// Blocks are removed from the oldest on and the newest one never is, so that the highest sequence ever
// committed can always be read. Blocks of an earlier stream may stand before those of this one; there may be
// holes between blocks. Used by one thread at a time; calls block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.h"
#include "store/held_table.h"
#include "store/latest_times.h"
#include "store/queue_database.h"
#include "store/queue_mark.h"
#include "store/queue_state.h"
#include "store/range_read.h"
#include "store/sequence_range.h"
#include "store/stored_block.h"
#include "submeter/holding_store.h"
#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

/// What a block is, without its records.
struct BlockInfo {
  SequenceRange range;
  UtcTime newest{};  ///< The newest `ts` in it.
  std::uint64_t bytes = 0;
};

struct ReadOutcome {
  std::vector<Record> records;
  /// Blocks that were skipped because their bytes are not what was written, or that are gone.
  std::vector<SequenceRange> damaged;
};

/// A search for the earliest times of samples and events, from the newest block on.
struct TimesSearch {
  UtcTime since{};
  std::size_t limit = 0;
  std::vector<SampleTime> found;
  bool truncated = false;            ///< There are later ones than those found.
  Sequence before{UINT64_MAX >> 1};  ///< Only blocks that begin before it are left to look at.
  bool complete = false;
};

class QueueFile {
 public:
  /// A group commit writes blocks of at most this: reading a few records does not decode a great many.
  static constexpr std::size_t kMaxBlockRecords = 1000;
  static constexpr std::size_t kMaxBlockBytes = 256ULL * 1024;
  /// Blocks that one step of a search looks at, and of these how many it opens.
  static constexpr std::size_t kSearchBite = 1000;
  static constexpr std::size_t kSearchOpens = 50;
  /// Of those that a bite of a span of time looks at, kSearchBite as well.
  static constexpr std::size_t kRangeOpens = 20;

  /// Makes an empty queue at `path`, where nothing may be. It has no stream yet: begin_stream() completes it.
  static Result<void> create(const std::string& path) { return QueueDatabase::create(path); }

  explicit QueueFile(std::string path) : database_(std::move(path)) {}
  /// Opens what create() made, or an older version of it, which becomes this one. First call; after a failure
  /// the object is of no use but for damaged().
  Result<void> open();
  /// A failure of open() or later came from the content of the file: nothing will heal it.
  bool damaged() const { return database_.damaged(); }

  /// open() found an older version of the file and brought it up to date.
  bool updated() const { return database_.updated(); }

  const std::string& path() const { return database_.path(); }
  /// Empty in a file that was never completed.
  const std::string& stream() const { return state_.stream; }
  /// The gateway whose records these are; empty where it was not noted yet.
  const std::string& owner() const { return state_.owner; }
  /// The first record of the stream.
  Sequence began() const { return state_.began; }
  /// The first record that is kept; 0 when there is none.
  Sequence oldest() const { return oldest_; }
  /// The last before the next one: of this stream, or where it has none yet, its beginning less one.
  Sequence newest() const { return newest_; }
  Sequence acknowledged() const { return state_.acknowledged; }
  const std::string& note() const { return state_.note; }
  /// Records that were evicted undelivered and of which no event has reached the disk.
  const std::optional<SequenceRange>& lost() const { return state_.lost; }
  /// Sequence numbers between the stream before and this one, which no record has.
  std::optional<SequenceRange> hole() const;
  HeldTable& held() { return held_; }
  const HeldTable& held() const { return held_; }

  /// Takes all of the log into the file: alone it is the whole queue.
  Result<void> settle() { return database_.settle(); }
  /// Takes what it can of the log into the file, so that the log need not grow.
  Result<void> checkpoint() { return database_.checkpoint(); }
  /// From here on commit() writes queue.mark as well. `known`: what the mark said before, of which the cursor
  /// counts where it is further.
  Result<void> keep_mark(const std::optional<Mark>& known);
  /// The file is still the one that was opened: nobody replaced or removed it.
  Result<void> check_identity() const { return database_.check_identity(); }

  /// After a failed transaction none begins any more: what it left on disk is unknown until the next opening.
  Result<void> begin() { return database_.begin(); }
  /// `acknowledged`: the cursor, for the mark.
  Result<void> commit(Sequence acknowledged = {});
  void roll_back() { database_.roll_back(); }
  /// The transaction failed because the disk is full: nothing of it is on disk.
  bool out_of_space() const { return database_.out_of_space(); }
  /// Instead of roll_back() where out_of_space(): as before begin().
  Result<void> undo();
  // Within a transaction:
  /// Behind newest(). What is packed always stays as it is.
  Result<void> add(std::span<const Record> records, Packing packing = Packing::kWhereQuick);
  /// Writes only what has changed.
  Result<void> save_state(Sequence acknowledged, const std::string& note);
  /// A new stream, whose first record will be `first`, which is behind newest().
  Result<void> begin_stream(const std::string& name, const std::string& owner, Sequence first);
  Result<void> note_owner(const std::string& owner);
  Result<void> add_lost(SequenceRange evicted);
  /// An event tells of what was lost up to `through`.
  Result<void> forget_lost(Sequence through);
  /// Puts one block, `data`, in the place of those of a run of loose_records().
  Result<void> replace_by(std::span<const Record> records, std::span<const std::uint8_t> data);
  /// Blocks up to `through` stay as they are.
  Result<void> note_packed(Sequence through);
  /// Removes blocks from the oldest to the one that ends with `through`, which is not the newest.
  Result<void> remove_through(Sequence through);

  /// The records of blocks that are not packed yet, from the oldest on: a run without holes, of at least two
  /// blocks, on one side of the cursor. It ends when it has `enough` records or bytes of them, or where it
  /// has to; it is empty where there is not enough yet.
  Result<std::vector<Record>> loose_records(std::size_t enough, std::size_t enough_bytes, Sequence cursor);

  /// The oldest blocks.
  Result<std::vector<BlockInfo>> oldest_blocks(std::size_t limit);
  Result<ReadOutcome> read_after(Sequence after, std::size_t limit);
  /// The oldest `ts` in the first block that reaches behind `after`; empty when none does.
  Result<std::optional<UtcTime>> oldest_time_after(Sequence after);
  /// Goes on with a search by one step, which reads what can match and no more.
  Result<void> search(TimesSearch& search);
  /// The next bite of a span of time. Blocks that cannot match are not opened, and some need not even be
  /// looked at.
  Result<RangeBite> read_range(const RangeQuery& query);
  Result<FileSpace> space() { return database_.space(); }
  /// The newest `ts` of the newest block; 0 when there is none.
  Result<UtcTime> newest_time();
  /// queue.db and its WAL.
  std::uint64_t bytes_on_disk() const { return database_.bytes_on_disk(); }

 private:
  Result<void> load();
  Result<void> bring_up_to_date();
  Result<void> load_times();
  Result<void> save();
  Mark mark(Sequence acknowledged) const;
  Result<void> add_block(std::span<const Record> records, Packing packing);
  Result<UtcTime> insert(std::span<const Record> records, std::span<const std::uint8_t> data);
  const std::vector<Record>* open_block(SequenceRange range, std::span<const std::uint8_t> data);
  void note_vanished(SequenceRange range, ReadOutcome& outcome) const;

  QueueDatabase database_;  // before the statements: they must be gone before it is
  StateTable state_table_{database_};
  QueueState state_;  // as it is on disk, or will be with the transaction under way
  Sequence oldest_;
  Sequence newest_;
  bool unsummed_ = false;
  LatestTimes times_;
  HeldTable held_{database_};
  std::optional<SequenceRange> opened_;  // the block that was read last
  std::vector<Record> opened_records_;
  std::optional<QueueMark> mark_;
  Mark marked_;

  Statement insert_;
  Statement remove_;
  Statement remove_run_;
  Statement loose_;
  Statement oldest_blocks_;
  Statement read_;
  Statement search_;
  Statement range_;
  Statement newest_time_;
};

}  // namespace submeter::store
