// SPDX-License-Identifier: Apache-2.0
#include "store/retention.h"

#include <algorithm>
#include <vector>

namespace submeter::store {
namespace {

constexpr std::uint64_t kLargestMargin = 1ULL << 20;
/// Held entries get one part of so many.
constexpr std::uint64_t kHeldShare = 4;

/// The last of the oldest `blocks` for which `goes` still holds, the one before included.
template <class Condition>
std::optional<SequenceRange> front_run(const std::vector<BlockInfo>& blocks, Sequence newest,
                                       Condition goes) {
  std::optional<SequenceRange> run;
  for (const BlockInfo& block : blocks) {
    if (block.range.last >= newest || !goes(block)) break;
    run = SequenceRange{run ? run->first : block.range.first, block.range.last};
  }
  return run;
}

}  // namespace

std::uint64_t Retention::margin() const {
  return std::min(kLargestMargin, options_.max_size / 8);
}

std::uint64_t Retention::allowed(const FileSpace& space) const {
  const std::uint64_t growth = space.disk_free > options_.min_free ? space.disk_free - options_.min_free : 0;
  return std::clamp(space.file_bytes + growth, std::min(kGuaranteedSize, options_.max_size),
                    options_.max_size);
}

std::uint64_t Retention::room(const FileSpace& space, Growth growth) const {
  const std::uint64_t most = growth == Growth::kAllowed ? allowed(space) : space.file_bytes;
  return space.reusable_bytes + (most > space.file_bytes ? most - space.file_bytes : 0);
}

Result<Eviction> Retention::make_room(QueueFile& file, std::uint64_t bytes, Sequence acknowledged,
                                      Growth growth) const {
  const Result<FileSpace> space = file.space();
  if (!space) return space.error();
  std::uint64_t expected = room(*space, growth);
  const std::uint64_t wanted = bytes + margin();
  if (expected >= wanted) return Eviction{};

  const Result<std::vector<BlockInfo>> blocks = file.oldest_blocks(kBite);
  if (!blocks) return blocks.error();
  const bool may_lose = options_.when_full == WhenFull::kDropOldest;
  const auto run = front_run(*blocks, file.newest(), [&](const BlockInfo& block) {
    if (expected >= wanted || (!may_lose && block.range.last > acknowledged)) return false;
    expected += block.bytes + kRowOverhead;
    return true;
  });
  Eviction eviction{.lost = {}, .full = !may_lose && expected < wanted};
  if (may_lose && expected < wanted) eviction.lacking = wanted - expected;
  if (!run) return eviction;
  if (run->last > acknowledged)
    eviction.lost = SequenceRange{std::max(run->first, acknowledged.next()), run->last};
  if (Result<void> done = file.remove_through(run->last); !done) return done.error();
  return eviction;
}

Result<std::optional<HeldRange>> Retention::bound_held(QueueFile& file, std::uint64_t bytes,
                                                       const Eviction& eviction) const {
  const std::uint64_t wanted = file.held().bytes() + bytes;
  const std::uint64_t share = std::min(kMaxHeldBytes, options_.max_size / kHeldShare);
  const std::uint64_t beyond = std::max(wanted - std::min(wanted, share), eviction.lacking);
  if (beyond == 0) return std::optional<HeldRange>();
  return file.held().drop_oldest(beyond);
}

Result<void> Retention::drop_expired(QueueFile& file, Sequence acknowledged) const {
  const Result<UtcTime> newest = file.newest_time();
  if (!newest) return newest.error();
  const UtcTime horizon = *newest - options_.keep_delivered;
  const Result<std::vector<BlockInfo>> blocks = file.oldest_blocks(kBite);
  if (!blocks) return blocks.error();
  const auto run = front_run(*blocks, file.newest(), [&](const BlockInfo& block) {
    return block.range.last <= acknowledged && block.newest < horizon;
  });
  return run ? file.remove_through(run->last) : Result<void>();
}

}  // namespace submeter::store
