// SPDX-License-Identifier: Apache-2.0
// Gives readings and events their time, the one place where that happens. SPEC section 5. Loop thread.
//
// Before the clock was trusted for the first time in this boot everything is held on disk, or marked, as
// clock.before_sync says. Then what was held comes out in order, stamped, flagged `held`, and only behind it
// what is new; after that everything goes out at once, flagged `clock_unsynced` while nobody vouches for the
// clock.
//
//   kWaiting ─ trusted ─► kDraining ─ little left ─► kFinishing ─ nothing left ─► kDirect
//       ▲                     │                         │   ▲                        │
//       └── set by somebody ──┴─────────────────────────┘   └─── the clock was set back
//
// Which times are taken is learnt from the store before the first stamp, and again when the clock is set back
// (clock/taken_times.h): no two records share a key, over restarts too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "clock/earlier_boots.h"
#include "clock/held_text.h"
#include "clock/sync_note.h"
#include "clock/taken_times.h"
#include "submeter/clock.h"
#include "submeter/holding_store.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/sample.h"

namespace submeter::clock {

class Stamper final : public ReadingSink {
 public:
  /// So many held entries become records in one commit.
  static constexpr std::size_t kBite = 1'000;
  /// What may wait in memory, for as long as the disk takes for one bite; beyond it the oldest is lost.
  static constexpr std::size_t kMaxTail = 32'768;
  /// After the sink refused: the disk is behind.
  static constexpr Duration kRetry = std::chrono::seconds(1);
  /// How often the store is told that the clock is right, while it is.
  static constexpr Duration kNoteEvery = std::chrono::seconds(5);
  /// Lost readings are told at once, then with what was added.
  static constexpr Duration kTellLossEvery = std::chrono::minutes(1);

  struct Settings {
    BeforeSync before_sync = BeforeSync::kHold;
    std::string boot_id;  ///< Of this boot of the machine; not empty.
    UtcTime floor{};      ///< A time that is known to be past, if the store knows no newer one.
    std::string config;   ///< Digest of the configuration.
  };

  Stamper(Loop& loop, const Clock& clock, Settings settings, HoldingStore& store, StampedSink& sink);

  /// Begins to stamp, if the clock is trusted. Until then everything is held.
  void start() { clock_changed(); }
  void on_reading(Reading reading) override;
  void on_event(Event event) override;
  /// On each change of the clock's state.
  void clock_changed();
  /// On each step, before the event that tells of it. Readings under way at that moment are flagged.
  void clock_stepped(const ClockStep& step);
  /// The process ends: what waits in memory goes to the disk, for the next start.
  void stop();
  /// After a reload.
  void set_config(std::string digest) { settings_.config = std::move(digest); }
  /// The first trust is still awaited: nothing goes out.
  bool waiting() const { return phase_ == Phase::kWaiting; }
  /// Lost because neither disk nor memory took them; since start.
  std::uint64_t dropped() const { return dropped_; }

 private:
  enum class Phase : std::uint8_t { kWaiting, kDraining, kFinishing, kDirect };
  /// Whether it was held, and in which boot it happened.
  enum class Past : std::uint8_t { kNone, kHeld, kOtherBoot };
  using Happened = std::variant<Reading, Event>;

  void take(Happened happened);
  void put_aside(Happened happened);
  void hold(const Held& held);
  void to_disk(Phase phase);
  void lose();
  void tell_loss();
  void begin();
  void next_bite();
  void on_bite(std::vector<HeldEntry> entries);
  void learn_again();
  void learn_times(UtcTime since);
  bool is_known(UtcTime time) const;
  UtcTime earliest_in_bite() const;
  UtcTime latest_in_bite() const;
  std::optional<UtcTime> trial_time(const HeldEntry& entry) const;
  void release_bite();
  bool release(const HeldEntry& entry);
  void finish();
  Stamp stamp_of(const Held& held, EarlierBoots& earlier_boots) const;
  bool emit(Happened happened, const Stamp& stamp, const std::string& config, Past past);
  bool emit_reading(Reading reading, Stamp stamp, const std::string& config, Past past);
  bool emit_event(Event event, Stamp stamp, const std::string& config);
  bool under_way_at_step(const Reading& reading) const;
  void note_sync();
  void note_step();
  void save_note(SyncNote note);

  Loop& loop_;
  const Clock& clock_;
  Settings settings_;
  HoldingStore& store_;
  StampedSink& sink_;

  Phase phase_ = Phase::kWaiting;
  bool trusted_before_ = false;  // in this boot, by an earlier process
  std::optional<MonoTime> noted_;
  UtcTime sure_{};                     // the newest that was synced
  std::optional<SyncNote> step_note_;  // goes to the disk with the event that tells the step
  MonoTime began_{};                   // what is older was held; what is not only waits for its turn
  std::optional<MonoTime> last_step_;
  TakenTimes taken_;
  bool times_known_ = false;
  std::optional<UtcTime> complete_until_;  // what is taken later is not known; empty: all is
  EarlierBoots earlier_boots_;
  HeldNumber released_;
  std::vector<HeldEntry> bite_;
  bool drained_ = false;   // nothing is held on disk, and nothing more will be
  std::deque<Held> tail_;  // what came while the last of it was released
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_loss_ = 0;
  Timer retry_;
  Timer loss_timer_;
};

}  // namespace submeter::clock
