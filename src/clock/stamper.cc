// SPDX-License-Identifier: Apache-2.0
#include "clock/stamper.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "clock/sync_note.h"
#include "core/log.h"

namespace submeter::clock {
namespace {

/// A reading is stamped so long after its instant at most; and so far ahead used times are asked for.
constexpr Duration kReach = std::chrono::seconds(15);

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
      retry_(loop, [this] { next_bite(); }),
      loss_timer_(loop, [this] { tell_loss(); }) {
  if (const auto note = parse_sync_note(store_.note())) {
    trusted_before_ = note->boot == settings_.boot_id;
    sure_ = note->sure;
    settings_.floor = std::max(settings_.floor, sure_);
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
  if (is_known(stamp.time)) {
    emit(std::move(happened), stamp, settings_.config, Past::kNone);
  } else {
    put_aside(std::move(happened));
    learn_again();
  }
}

void Stamper::put_aside(Happened happened) {
  const UtcTime shown = clock_.stamp(instant_of(happened)).time;
  Held held{.boot = settings_.boot_id,
            .slewed = clock_.slewed(),
            .floor = settings_.floor,
            .shown = shown,
            .config = settings_.config,
            .what = std::move(happened)};
  if (phase_ != Phase::kFinishing) {
    return hold(held);
  }
  tail_.push_back(std::move(held));
  if (tail_.size() <= kMaxTail) return;
  tail_.pop_front();
  lose();
}

void Stamper::hold(const Held& held) {
  const RecordKind kind = std::holds_alternative<Event>(held.what) ? RecordKind::kEvent : RecordKind::kSample;
  if (!store_.hold(to_text(held), kind)) return lose();
  if (kind == RecordKind::kEvent) note_step();
}

void Stamper::lose() {
  ++dropped_;
  if (untold_loss_++ == 0 && !loss_timer_.armed()) loss_timer_.start_after(Duration::zero());
}

void Stamper::tell_loss() {
  if (untold_loss_ == 0) return;
  const std::uint64_t lost = std::exchange(untold_loss_, 0);
  loss_timer_.start_after(kTellLossEvery);
  const auto text =
      fmt::format("{} readings that waited for their time are lost: the disk does not take them", lost);
  core::log_error("clock: {}; look at: submeter status", text);
  on_event({.name = "readings_lost",
            .text = text,
            .instant = loop_.now(),
            .fields = {{"count", std::to_string(lost)}}});
}

void Stamper::clock_changed() {
  const bool may_stamp = settings_.before_sync == BeforeSync::kMark || trusted_before_ ||
                         clock_.state() != ClockState::kUnsynced;
  if (phase_ == Phase::kWaiting && may_stamp) begin();
}

void Stamper::stop() {
  if (phase_ == Phase::kFinishing) to_disk(Phase::kDraining);
}

/// In `phase` what comes goes to the disk, and what waits in memory is older.
void Stamper::to_disk(Phase phase) {
  phase_ = phase;
  for (auto waiting = std::exchange(tail_, {}); !waiting.empty(); waiting.pop_front()) {
    hold(waiting.front());
  }
}

void Stamper::begin() {
  const std::uint64_t waiting = store_.holding().waiting;
  if (waiting > 0) core::log_info("clock: {} held readings are stamped and released now", waiting);
  const bool trusted = clock_.state() != ClockState::kUnsynced;
  earlier_boots_ = EarlierBoots(trusted ? std::optional(clock_.stamp_past(MonoTime{}, Duration::zero()).time)
                                        : std::nullopt);
  began_ = loop_.now();
  phase_ = waiting > 0 ? Phase::kDraining : Phase::kFinishing;
  next_bite();
}

void Stamper::clock_stepped(const ClockStep& step) {
  last_step_ = clock_.instant_of(step.actual);
  noted_.reset();
  step_note_ = SyncNote{.boot = settings_.boot_id, .instant = *last_step_, .time = step.actual};
  if (step.actual < step.expected && phase_ != Phase::kWaiting) learn_again();
}

/// Before the next stamp.
void Stamper::learn_again() {
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
  times_known_ ? release_bite() : learn_times(earliest_in_bite());
}

void Stamper::learn_times(UtcTime since) {
  times_known_ = true;  // unless the clock is set back meanwhile
  store_.read_times(since, [this](const TakenKeys& taken) {
    for (const SampleTime& key : taken.keys) taken_.of(key.circuit).note(key.time);
    complete_until_ = taken.complete_until;
    if (!times_known_) return learn_times(earliest_in_bite());
    is_known(latest_in_bite()) ? release_bite() : learn_times(*complete_until_);
  });
}

bool Stamper::is_known(UtcTime time) const {
  return !complete_until_ || time < *complete_until_;
}

UtcTime Stamper::earliest_in_bite() const {
  const UtcTime recent = clock_.stamp(loop_.now() - kReach).time;
  return bite_.empty() ? recent : std::min(recent, trial_time(bite_.front()).value_or(UtcTime{}));
}

UtcTime Stamper::latest_in_bite() const {
  const UtcTime soon = clock_.stamp(loop_.now() + kReach).time;
  return bite_.empty() ? soon : trial_time(bite_.back()).value_or(soon);
}

/// Roughly, and without a trace.
std::optional<UtcTime> Stamper::trial_time(const HeldEntry& entry) const {
  const Result<Held> held = parse_held(entry.text);
  if (!held) return std::nullopt;
  EarlierBoots trial = earlier_boots_;
  return stamp_of(*held, trial).time;
}

void Stamper::release_bite() {
  if (drained_) return finish();
  if (bite_.empty()) return next_bite();
  const auto refused =
      std::ranges::find_if_not(bite_, [this](const HeldEntry& entry) { return release(entry); });
  const bool all = refused == bite_.end();
  const auto go_on = [this, all] {
    if (phase_ == Phase::kWaiting) return;
    all || !times_known_ ? next_bite() : retry_.start_after(kRetry);
  };
  if (refused == bite_.begin()) return go_on();
  released_ = std::prev(refused)->number;
  store_.release(released_, go_on);
}

bool Stamper::release(const HeldEntry& entry) {
  Result<Held> held = parse_held(entry.text);
  if (!held) {
    core::log_error("clock: the held reading {} cannot be read: {}", entry.number.value,
                    held.error().message);
    lose();
    return true;
  }
  const Stamp stamp = stamp_of(*held, earlier_boots_);
  const bool other_boot = held->boot != settings_.boot_id;
  const Past past = other_boot ? Past::kOtherBoot : held->instant() < began_ ? Past::kHeld : Past::kNone;
  // The clock was set while the release was under way, and nobody vouches for it: it was too early.
  const bool too_early =
      settings_.before_sync == BeforeSync::kHold && past == Past::kHeld && !stamp.error_bound;
  if (too_early) to_disk(Phase::kWaiting);
  if (!is_known(stamp.time)) times_known_ = false;
  if (too_early || !times_known_) return false;
  return emit(std::move(held->what), stamp, held->config, past);
}

void Stamper::finish() {
  phase_ = Phase::kDirect;
  for (auto waiting = std::exchange(tail_, {}); !waiting.empty(); waiting.pop_front()) {
    Held& held = waiting.front();
    const Stamp stamp = clock_.stamp(held.instant());
    if (!emit(std::move(held.what), stamp, held.config, Past::kNone)) lose();
  }
}

Stamp Stamper::stamp_of(const Held& held, EarlierBoots& earlier_boots) const {
  if (held.boot != settings_.boot_id) return earlier_boots.place(held);
  return clock_.stamp_past(held.instant(), held.slewed);
}

bool Stamper::emit(Happened happened, const Stamp& stamp, const std::string& config, Past past) {
  auto* reading = std::get_if<Reading>(&happened);
  const bool taken = reading != nullptr ? emit_reading(std::move(*reading), stamp, config, past)
                                        : emit_event(std::move(std::get<Event>(happened)), stamp, config);
  if (taken && stamp.state == ClockState::kSynced) note_sync();
  return taken;
}

bool Stamper::emit_reading(Reading reading, Stamp stamp, const std::string& config, Past past) {
  TakenTimes::Circuit& times = taken_.of(reading.circuit);
  if (stamp.state == ClockState::kUnsynced) reading.flags.set(QualityFlag::kClockUnsynced);
  if (past != Past::kNone) reading.flags.set(QualityFlag::kHeld);
  const bool touched = past != Past::kOtherBoot && under_way_at_step(reading);
  if (touched || times.relives(stamp.time)) reading.flags.set(QualityFlag::kClockStepped);
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
  if (!taken) return false;
  times.take(time);
  note_step();
  return true;
}

void Stamper::note_sync() {
  const MonoTime now = loop_.now();
  if (noted_ && now - *noted_ < kNoteEvery) return;
  const Stamp stamp = clock_.stamp(now);
  if (stamp.state != ClockState::kSynced || !stamp.error_bound) return;
  noted_ = now;
  sure_ = std::max(sure_, stamp.time);
  save_note({.boot = settings_.boot_id,
             .instant = clock_.instant_of(stamp.time),
             .time = stamp.time,
             .bound = *stamp.error_bound});
}

/// One commit takes the event and this, so that a restart tells a step again just when it was not told.
void Stamper::note_step() {
  if (step_note_) save_note(*std::exchange(step_note_, std::nullopt));
}

void Stamper::save_note(SyncNote note) {
  note.sure = sure_;
  store_.save_note(to_text(note),
                   note.bound ? HoldingStore::Save::kInTime : HoldingStore::Save::kWithNextCommit);
}

bool Stamper::under_way_at_step(const Reading& reading) const {
  const auto reach = reading.span / 2;
  return last_step_ && reading.instant - reach <= *last_step_ && *last_step_ <= reading.instant + reach;
}

}  // namespace submeter::clock
