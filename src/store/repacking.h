// SPDX-License-Identifier: Apache-2.0
// The blocks of many small commits become a large packed one: a week of backlog fits on the disk, and what is
// kept after delivery costs little. Each record is written twice in its life that way, the second time as a
// tenth of itself. Store thread; calls block.
#pragma once

#include <cstddef>

#include "store/queue_file.h"
#include "submeter/result.h"

namespace submeter::store {

/// Records and bytes of JSON in a large block. Twice as many would make them 5 % smaller, the pause twice as
/// long, and what one bad page takes with it twice as much.
constexpr std::size_t kRepackedRecords = 1024;
constexpr std::size_t kRepackedBytes = 512ULL << 10;

/// One block, in a transaction of its own, of at most `most_bytes` and a little more, on one side of the
/// `cursor`, because what is delivered goes before what is not. False: there are not enough small ones yet,
/// or no room on the disk. On failure nothing is known about what reached the disk, and the file takes no
/// more commits.
Result<bool> repack_some(QueueFile& file, std::size_t most_bytes, Sequence cursor);

}  // namespace submeter::store
