// SPDX-License-Identifier: Apache-2.0
// What stamping needs on disk: readings that wait for a trusted clock, times that are taken, and the newest
// time that was sure. SPEC section 5; production: store/sqlite_queue.h, in the file of the records, because a
// reading must stop waiting in the very commit that makes it a record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "submeter/record_queue.h"
#include "submeter/time.h"

namespace submeter {

/// The place of a held entry in the order of holding, counted from 1 over the life of the store and never
/// given twice. 0: before the first.
struct HeldNumber {
  std::uint64_t value = 0;
  auto operator<=>(const HeldNumber&) const = default;
};

/// One entry as it was held.
struct HeldEntry {
  HeldNumber number;
  std::string text;
  bool operator==(const HeldEntry&) const = default;
};

/// The key of a sample that was stored. Events have one, too: they count as of a circuit without a name.
struct SampleTime {
  std::string circuit;
  UtcTime time{};
  bool operator==(const SampleTime&) const = default;
};

/// Which times are taken, as far as they were asked for.
struct TakenKeys {
  std::vector<SampleTime> keys;
  /// All that are earlier are among them; empty: all are.
  std::optional<UtcTime> complete_until;
};

struct HoldingStatus {
  std::uint64_t waiting = 0;  ///< Held and not released, on disk or on the way there.
  std::uint64_t dropped = 0;  ///< The oldest, because too many waited, and damaged ones; since start.
};

/// All calls on the loop thread, all callbacks from the loop, never out of a call. Never blocks.
class HoldingStore {
 public:
  using Reader = std::function<void(std::vector<HeldEntry>)>;
  using TimesReader = std::function<void(TakenKeys)>;

  virtual ~HoldingStore() = default;
  /// Takes one more entry for the next group commit; of too many the oldest on disk are dropped, which the
  /// store tells as an event. False: the hand-over to the disk is full, or the store is and takes only
  /// events.
  virtual bool hold(std::string text, RecordKind kind) = 0;
  /// Up to `limit` entries behind `after` that are on disk and not released, in order. What was held before
  /// this call is on disk when it answers. No answer after a failure.
  virtual void read_held(HeldNumber after, std::size_t limit, Reader reader) = 0;
  /// Everything up to `through`, which was read, has become records, all appended in this turn of the loop,
  /// before this call: one commit takes those and forgets these, at once. `done` when it is on disk; never
  /// after a failure.
  virtual void release(HeldNumber through, std::function<void()> done) = 0;
  virtual HoldingStatus holding() const = 0;
  /// The keys of all samples and events appended before this call that are `since` or later, in no order; of
  /// too many, the earliest.
  virtual void read_times(UtcTime since, TimesReader reader) = 0;
  /// What was saved last, by this process or an earlier one; empty at first.
  virtual const std::string& note() const = 0;
  enum class Save : std::uint8_t { kInTime, kWithNextCommit };
  /// Keeps a small text over restarts. It is on disk with the next upkeep, or together with what is appended
  /// and held in this turn of the loop.
  virtual void save_note(std::string text, Save when) = 0;
};

}  // namespace submeter
