// SPDX-License-Identifier: Apache-2.0
// Held entries as the loop knows them: what is on its way to the disk, what waits there, what was lost of it
// and how that is told. The bytes are with store/held_table.h on the store thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/held_table.h"
#include "store/store_event.h"
#include "submeter/holding_store.h"
#include "submeter/loop.h"

namespace submeter::store {

class Holding {
 public:
  /// Dropped entries are told the first time at once, then once a minute with what was added: a share that is
  /// full drops with every commit.
  static constexpr std::chrono::seconds kInterval{60};

  /// `newest` and `done`: as the store was opened.
  Holding(Loop& loop, HeldNumber newest, HeldNumber done, std::function<void(StoreEvent)> tell);

  void take(std::string text);
  /// What was taken and not yet handed over, for the next group commit.
  std::vector<HeldEntry> hand_over();
  /// What could not be committed goes with the next.
  void take_back(std::vector<HeldEntry> entries);
  bool has_pending() const { return !pending_.empty(); }
  std::uint64_t uncommitted() const { return taken_.value - committed_.value; }
  HeldNumber released() const { return released_; }
  /// Up to here entries were released or dropped.
  HeldNumber done() const { return done_; }
  void release(HeldNumber through);
  HoldingStatus status() const;

  void on_committed(const std::vector<HeldEntry>& entries);
  void on_dropped(HeldRange dropped);
  /// Blocks that a reader met, in order; `path`: where.
  void on_damage(const std::vector<HeldRange>& damaged, const std::string& path);
  /// Tells what was not told yet, now.
  void flush();

 private:
  /// Entries up to `through` wait no longer; how many of them did until now.
  std::uint64_t leave(HeldNumber through);

  std::function<void(StoreEvent)> tell_;
  HeldNumber taken_;
  HeldNumber committed_;
  HeldNumber released_;
  HeldNumber done_;  // released or dropped
  std::vector<HeldEntry> pending_;
  std::map<std::uint64_t, HeldRange> damaged_;  // behind done_, by the last number; counted as dropped
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_ = 0;
  Timer timer_;
};

}  // namespace submeter::store
