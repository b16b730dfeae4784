// SPDX-License-Identifier: Apache-2.0
// The tables of queue.db: blocks of records, and one row of state. Mechanism without policy: what to remove
// and when is decided in store/retention.h, how a broken file is replaced in store/opening.h.
//
//   block(first_seq, last_seq, oldest_ms, newest_ms, data)   one row a block of store/block.h; ms: range of
//   `ts` state(stream, newest, acknowledged)                      newest: a sequence that was reached, for
//   plausibility
//
// Blocks are removed from the oldest on and the newest one never is, so that the highest sequence ever
// committed can always be read. Used by one thread at a time; calls block.
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
#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::store {

/// A run of records by their places in the stream, both ends included.
struct SequenceRange {
  Sequence first;
  Sequence last;
  std::uint64_t count() const { return last.value - first.value + 1; }
};

/// What a block is, without its records.
struct BlockInfo {
  SequenceRange range;
  UtcTime newest{};  ///< The newest `ts` in it.
  std::uint64_t bytes = 0;
};

struct FileSpace {
  std::uint64_t file_bytes = 0;      ///< queue.db without its WAL.
  std::uint64_t reusable_bytes = 0;  ///< Pages in it that hold nothing.
  std::uint64_t disk_free = 0;       ///< Of the file system, for us.
};

struct ReadOutcome {
  std::vector<Record> records;
  std::vector<SequenceRange>
      damaged;  ///< Blocks that were skipped because their bytes are not what was written.
};

class QueueFile {
 public:
  static constexpr std::uint32_t kApplicationId = 0x534D5131;  // "SMQ1"
  static constexpr std::uint32_t kVersion = 1;
  /// A group commit writes blocks of at most this: reading a few records does not decode a great many.
  static constexpr std::size_t kMaxBlockRecords = 1000;
  static constexpr std::size_t kMaxBlockBytes = 256ULL * 1024;

  /// Makes a complete, empty queue at `path`, where nothing may be.
  static Result<void> create(const std::string& path, std::string_view stream);

  explicit QueueFile(std::string path) : path_(std::move(path)) {}
  /// Opens what create() made. First call; after a failure the object is of no use but for damaged().
  Result<void> open();
  /// A failure of open() or later came from the content of the file: nothing will heal it.
  bool damaged() const { return damaged_; }

  const std::string& path() const { return path_; }
  const std::string& stream() const { return stream_; }
  Sequence newest() const { return newest_; }
  Sequence acknowledged() const { return acknowledged_; }

  /// After a failed transaction none begins any more: what it left on disk is unknown until the next opening.
  Result<void> begin();
  Result<void> commit();
  void roll_back();
  // Within a transaction:
  Result<void> add(std::span<const Record> records);
  /// Writes only what has changed.
  Result<void> save_cursor(Sequence acknowledged);
  /// Removes blocks from the oldest to the one that ends with `through`, which is not the newest.
  Result<void> remove_through(Sequence through);

  /// The oldest blocks.
  Result<std::vector<BlockInfo>> oldest_blocks(std::size_t limit);
  Result<ReadOutcome> read_after(Sequence after, std::size_t limit);
  /// The oldest `ts` in the first block that reaches behind `after`; empty when none does.
  Result<std::optional<UtcTime>> oldest_time_after(Sequence after);
  Result<FileSpace> space();
  /// The newest `ts` of the newest block; 0 when there is none.
  Result<UtcTime> newest_time();
  /// queue.db and its WAL.
  std::uint64_t bytes_on_disk() const;

 private:
  Result<void> configure();
  Result<void> prepare();
  Result<void> load();
  Result<void> add_block(std::span<const Record> records);
  /// The error with the file's name; remembers whether it means damage.
  Error noted(const Error& error);

  std::string path_;
  std::string stream_;
  Sequence newest_;
  Sequence newest_saved_;
  Sequence acknowledged_;
  bool damaged_ = false;
  bool failed_ = false;

  Database database_;  // before the statements: they must be gone before it is
  Statement begin_;
  Statement commit_;
  Statement roll_back_;
  Statement insert_;
  Statement remove_;
  Statement save_cursor_;
  Statement oldest_blocks_;
  Statement read_;
  Statement newest_time_;
  Statement page_size_;
  Statement page_count_;
  Statement free_pages_;
};

}  // namespace submeter::store
