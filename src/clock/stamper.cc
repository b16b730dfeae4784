// SPDX-License-Identifier: Apache-2.0
#include "clock/stamper.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "clock/sync_note.h"
#include "core/log.h"

namespace submeter::clock {
namespace {

/// A reading is stamped so long after its instant at most.
constexpr Duration kReach = std::chrono::minutes(1);

MonoTime instant_of(const std::variant<Reading, Event>& happened) {
  return std::visit([](const auto& thing) { return thing.instant; }, happened);
}

}  // namespace

Stamper::Stamper(Loop& loop, const Clock& clock, Settings settings, HoldingStore& store, StampedSink& sink)
    : loop_(loop),
      clock_(clock),
      settings_(std::move(settings)),
      store_(store),
      sink_(sink),
      earlier_boots_(settings_.floor, std::nullopt),
      retry_(loop, [this] { next_bite(); }) {
  if (const auto note = parse_sync_note(store_.note())) {
    trusted_before_ = note->boot == settings_.boot_id;
    settings_.floor = std::max(settings_.floor, note->time);
  }
}

void Stamper::on_reading(Reading reading) {
  take(std::move(reading));
}

void Stamper::on_event(Event event) {
  take(std::move(event));
}

void Stamper::take(Happened happened) {
  if (phase_ != Phase::kDirect) return put_aside(std::move(happened));
  const Stamp stamp = clock_.stamp(instant_of(happened));
  emit(std::move(happened), stamp, settings_.config, false);
}

void Stamper::put_aside(Happened happened) {
  const UtcTime shown = clock_.stamp(instant_of(happened)).time;
  Held held{.boot = settings_.boot_id,
            .slewed = clock_.slewed(),
            .shown = shown,
            .config = settings_.config,
            .what = std::move(happened)};
  if (phase_ != Phase::kFinishing) {
    if (!store_.hold(to_text(held))) lose("the disk does not take them");
    return;
  }
  tail_.push_back(std::move(held));
  if (tail_.size() <= kMaxTail) return;
  tail_.pop_front();
  lose("the disk is too far behind");
}

void Stamper::lose(const char* why) {
  if (dropped_++ == 0) core::log_error("clock: readings that wait for their time are lost: {}", why);
}

void Stamper::clock_changed() {
  const bool may_stamp = settings_.before_sync == BeforeSync::kMark || trusted_before_ ||
                         clock_.state() != ClockState::kUnsynced;
  if (phase_ == Phase::kWaiting && may_stamp) begin();
}

void Stamper::stop() {
  if (phase_ != Phase::kFinishing) return;
  phase_ = Phase::kDraining;
  for (auto waiting = std::exchange(tail_, {}); !waiting.empty(); waiting.pop_front()) {
    if (!store_.hold(to_text(waiting.front()))) lose("the disk does not take them");
  }
}

void Stamper::begin() {
  const std::uint64_t waiting = store_.holding().waiting;
  if (waiting > 0) core::log_info("clock: {} held readings are stamped and released now", waiting);
  const bool trusted = clock_.state() != ClockState::kUnsynced;
  earlier_boots_ =
      EarlierBoots(settings_.floor, trusted ? std::optional(clock_.stamp(MonoTime{}).time) : std::nullopt);
  began_ = loop_.now();
  phase_ = waiting > 0 ? Phase::kDraining : Phase::kFinishing;
  next_bite();
}

void Stamper::clock_stepped(const ClockStep& step) {
  last_step_ = clock_.instant_of(step.actual);
  if (step.actual >= step.expected || phase_ == Phase::kWaiting) return;
  times_known_ = false;
  if (phase_ != Phase::kDirect) return;
  phase_ = Phase::kFinishing;
  next_bite();
}

void Stamper::next_bite() {
  store_.read_held(released_, kBite, [this](std::vector<HeldEntry> entries) { on_bite(std::move(entries)); });
}

void Stamper::on_bite(std::vector<HeldEntry> entries) {
  bite_ = std::move(entries);
  drained_ = bite_.empty() && phase_ == Phase::kFinishing;
  if (bite_.size() < kBite) phase_ = Phase::kFinishing;
  times_known_ ? release_bite() : learn_times();
}

void Stamper::learn_times() {
  times_known_ = true;  // unless the clock is set back meanwhile
  store_.read_times(earliest_in_bite(), [this](const std::vector<SampleTime>& times) {
    for (const SampleTime& taken : times) taken_.of(taken.circuit).note(taken.time);
    times_known_ ? release_bite() : learn_times();
  });
}

UtcTime Stamper::earliest_in_bite() const {
  const UtcTime recent = clock_.stamp(loop_.now() - kReach).time;
  if (bite_.empty()) return recent;
  const Result<Held> first = parse_held(bite_.front().text);
  EarlierBoots trial = earlier_boots_;
  return first ? std::min(recent, stamp_of(*first, trial).time) : UtcTime{};
}

void Stamper::release_bite() {
  if (drained_) return finish();
  if (bite_.empty()) return next_bite();
  const auto refused =
      std::ranges::find_if_not(bite_, [this](const HeldEntry& entry) { return release(entry); });
  if (refused == bite_.begin()) return retry_.start_after(kRetry);
  const bool all = refused == bite_.end();
  released_ = std::prev(refused)->number;
  store_.release(released_, [this, all] { all ? next_bite() : retry_.start_after(kRetry); });
}

bool Stamper::release(const HeldEntry& entry) {
  Result<Held> held = parse_held(entry.text);
  if (!held) {
    core::log_error("clock: the held reading {} cannot be read: {}", entry.number.value,
                    held.error().message);
    lose("their text is damaged");
    return true;
  }
  const Stamp stamp = stamp_of(*held, earlier_boots_);
  const bool was_held = held->boot != settings_.boot_id || held->instant() < began_;
  return emit(std::move(held->what), stamp, held->config, was_held);
}

void Stamper::finish() {
  phase_ = Phase::kDirect;
  for (auto waiting = std::exchange(tail_, {}); !waiting.empty(); waiting.pop_front()) {
    Held& held = waiting.front();
    const Stamp stamp = clock_.stamp(held.instant());
    emit(std::move(held.what), stamp, held.config, false);
  }
}

Stamp Stamper::stamp_of(const Held& held, EarlierBoots& earlier_boots) const {
  if (held.boot != settings_.boot_id) return earlier_boots.place(held);
  return clock_.stamp_past(held.instant(), held.slewed);
}

bool Stamper::emit(Happened happened, const Stamp& stamp, const std::string& config, bool was_held) {
  auto* reading = std::get_if<Reading>(&happened);
  const bool taken = reading != nullptr ? emit_reading(std::move(*reading), stamp, config, was_held)
                                        : emit_event(std::move(std::get<Event>(happened)), stamp, config);
  if (taken && stamp.state == ClockState::kSynced) note_sync();
  return taken;
}

bool Stamper::emit_reading(Reading reading, Stamp stamp, const std::string& config, bool was_held) {
  TakenTimes::Circuit& times = taken_.of(reading.circuit);
  if (stamp.state == ClockState::kUnsynced) reading.flags.set(QualityFlag::kClockUnsynced);
  if (was_held) reading.flags.set(QualityFlag::kHeld);
  if (under_way_at_step(reading) || times.relives(stamp.time)) reading.flags.set(QualityFlag::kClockStepped);
  stamp.time = times.first_free(stamp.time);
  const UtcTime time = stamp.time;
  const bool taken = sink_.on_sample({std::move(reading), stamp, config});
  if (taken) times.take(time);
  return taken;
}

bool Stamper::emit_event(Event event, Stamp stamp, const std::string& config) {
  TakenTimes::Circuit& times = taken_.of({});
  stamp.time = times.first_free(stamp.time);
  const UtcTime time = stamp.time;
  const bool taken = sink_.on_event({std::move(event), stamp, config});
  if (taken) times.take(time);
  return taken;
}

void Stamper::note_sync() {
  const MonoTime now = loop_.now();
  if (noted_ && now - *noted_ < kNoteEvery) return;
  const Stamp stamp = clock_.stamp(now);
  if (stamp.state != ClockState::kSynced || !stamp.error_bound) return;
  noted_ = now;
  store_.save_note(to_text(SyncNote{.boot = settings_.boot_id,
                                    .instant = clock_.instant_of(stamp.time),
                                    .time = stamp.time,
                                    .bound = *stamp.error_bound}));
}

bool Stamper::under_way_at_step(const Reading& reading) const {
  const auto reach = reading.span / 2;
  return last_step_ && reading.instant - reach <= *last_step_ && *last_step_ <= reading.instant + reach;
}

}  // namespace submeter::clock
