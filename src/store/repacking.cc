// SPDX-License-Identifier: Apache-2.0
#include "store/repacking.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "store/packed_block.h"

namespace submeter::store {
namespace {

Result<void> write(QueueFile& file, const std::vector<Record>& run) {
  if (Result<void> done = file.begin(); !done) return done;
  const Result<std::vector<std::uint8_t>> packed = encode_packed_block(run);
  Result<void> done = packed ? file.replace_by(run, *packed) : file.note_packed(run.back().seq);
  return done ? file.commit() : done;
}

}  // namespace

Result<bool> repack_some(QueueFile& file, std::size_t most_bytes, Sequence cursor) {
  const Result<std::vector<Record>> run =
      file.loose_records(kRepackedRecords, std::min(kRepackedBytes, most_bytes), cursor);
  if (!run) return run.error();
  if (run->empty()) return false;
  const Result<void> done = write(file, *run);
  if (done) return true;
  if (!file.out_of_space()) {
    file.roll_back();
    return done.error();
  }
  const Result<void> undone = file.undo();
  return undone ? Result<bool>(false) : undone.error();
}

}  // namespace submeter::store
