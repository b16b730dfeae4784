// SPDX-License-Identifier: Apache-2.0
// What a store promised, and what it is held against afterwards: everything told as committed and not yet
// delivered is there unaltered or was reported missing, nothing else is there, and no sequence of a stream
// was given twice.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/store_event.h"
#include "submeter/holding_store.h"
#include "submeter/record_queue.h"
#include "tests/power/contents.h"

namespace submeter::power {

/// What was found in a store when it was opened again.
struct Found {
  std::string stream;
  std::uint64_t next_seq = 0;
  std::vector<Record> kept;         ///< From the first on, delivered or not.
  std::vector<Record> undelivered;  ///< As the forwarder reads them.
  std::vector<HeldEntry> held;
  std::string note;
  std::vector<store::StoreEvent> events;  ///< Of all starts that it took.
};

class Ledger {
 public:
  void told(const Origin& origin) {
    stream_ = origin.stream;
    rounds_[origin.stream][origin.seq] = origin.round;
  }
  void delivered(const std::string& stream, std::uint64_t through) {
    std::uint64_t& last = delivered_[stream];
    last = std::max(last, through);
  }
  void told_missing(std::uint64_t first, std::uint64_t last) { missing_.push_back({first, last}); }
  void held(std::uint64_t number, const std::string& text) { held_[number] = text; }
  /// From now on they may be gone.
  void released(std::uint64_t through) { held_.erase(held_.begin(), held_.upper_bound(through)); }
  /// Notes of which one must be there; none: whatever it is.
  void note(const std::string& text) { notes_.push_back(text); }

  /// Empty when the promise was kept, else what was not. Afterwards the ledger knows what was found as told:
  /// the forwarder could have sent it.
  std::string check(const Found& found, std::uint32_t round);

  std::size_t promised() const;

 private:
  std::string check_records(const Found& found, std::uint32_t round);
  std::string check_undelivered(const Found& found) const;
  std::string check_held(const Found& found) const;
  std::string check_continuity(const Found& found) const;
  bool is_reported(std::uint64_t seq, const Found& found) const;

  struct Range {
    std::uint64_t first;
    std::uint64_t last;
  };
  std::map<std::string, std::map<std::uint64_t, std::uint32_t>> rounds_;  // by stream and seq
  std::map<std::string, std::uint64_t> delivered_;
  std::vector<Range> missing_;
  std::map<std::uint64_t, std::string> held_;
  std::vector<std::string> notes_;
  std::string stream_;  // of the newest record
};

}  // namespace submeter::power
