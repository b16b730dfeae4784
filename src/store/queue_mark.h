// SPDX-License-Identifier: Apache-2.0
// queue.mark: beside queue.db and written after each of its commits, how far the sequence and the cursor have
// come.
//
// A flipped bit in SQLite's log silently shortens what was committed, and a queue.db that was put back from a
// copy is as sound as any. Either would give sequence numbers to new records that others carried to the
// broker. The mark is the witness: a queue.db that knows less than it begins a new stream. It is not synced
// with each commit: after a kill it is exact, after a power cut at most behind, and a mark behind proves
// nothing. The cursor stands in it because in queue.db it costs a page, and is saved there now and then only:
// with the mark a kill makes little be sent again. Overwritten in place, one sector:
//
//    0  4  "SMK1"
//    4  4  CRC-32C of what follows
//    8  8  newest sequence that was committed
//   16  8  the cursor: everything up to it was acknowledged
//   24  8  newest held entry
//   32  1  length of the stream's name
//   33     stream, then zeros up to 128
//
// Used by one thread at a time; calls block.
#pragma once

#include <optional>
#include <string>

#include "core/unique_fd.h"
#include "submeter/holding_store.h"
#include "submeter/ids.h"
#include "submeter/result.h"

namespace submeter::store {

struct Mark {
  std::string stream;
  Sequence newest;
  Sequence acknowledged;
  HeldNumber held;
  bool operator==(const Mark&) const = default;
};

/// What the mark beside the queue at `queue_path` says; nothing where there is none or its bytes are no mark.
std::optional<Mark> read_mark(const std::string& queue_path);

class QueueMark {
 public:
  /// Opens the mark beside the queue at `queue_path`, makes it where there is none, and writes `mark`, which
  /// survives a power cut. First call.
  Result<void> open(const std::string& queue_path, const Mark& mark);
  Result<void> write(const Mark& mark);

 private:
  std::string path_;
  core::UniqueFd fd_;
};

}  // namespace submeter::store
