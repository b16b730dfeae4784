// SPDX-License-Identifier: Apache-2.0
#include "tests/power/load.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "store/sqlite_queue.h"
#include "tests/power/contents.h"

namespace submeter::power {
namespace {

constexpr std::uint64_t kMostUncommitted = 2000;
constexpr std::uint64_t kDeliveryLag = 40;

class Load {
 public:
  Load(core::EpollLoop& loop, store::SqliteQueue& queue, std::uint32_t round, std::uint64_t random,
       bool broker_away, int out)
      : queue_(queue),
        chance_(random),
        round_(round),
        broker_away_(broker_away),
        out_(out),
        feed_(loop, [this] { feed(); }) {
    queue_.on_commit([this](std::span<const Record> records) { on_commit(records); });
    queue_.on_event([this](const store::StoreEvent& event) { on_event(event); });
    // What is not certain was not told; the process waits for its end as the collector would end itself.
    queue_.on_failure([this](const Error&) { feed_.cancel(); });
    feed();
    replay();
  }

 private:
  void feed() {
    const std::uint64_t records = chance_() % 30;
    for (std::uint64_t i = 0; i < records && queue_.status().uncommitted < kMostUncommitted; ++i) {
      if (!queue_.append(next_record())) break;
    }
    if (chance_() % 4 == 0) queue_.hold(make_text(round_, texts_++), RecordKind::kSample);
    if (chance_() % 50 == 0) queue_.flush([] {});
    feed_.start_after(std::chrono::microseconds{chance_() % 2000});
  }
  Record next_record() const {
    return make_record({.stream = queue_.stream(), .seq = queue_.next_sequence().value, .round = round_});
  }
  void on_commit(std::span<const Record> records) {
    tell(Told::What::kCommitted, records.front().seq.value, records.back().seq.value);
    const std::uint64_t newest = records.back().seq.value;
    if (broker_away_ || newest <= kDeliveryLag) return;
    tell(Told::What::kDelivered, 0, newest - kDeliveryLag);
    queue_.acknowledge(Sequence{newest - kDeliveryLag});
  }
  /// As the collector does: what is lost is a record, and the broker gets it.
  void on_event(const store::StoreEvent& event) {
    if (event.name == "held_dropped") tell(Told::What::kHeldDropped, 0, 0);
    if (event.last.value > 0) tell(Told::What::kDropped, event.first.value, event.last.value);
  }
  /// Held entries become records in the commit that forgets them.
  void replay() {
    queue_.read_held(released_, 1 + chance_() % 12, [this](std::vector<HeldEntry> entries) {
      for (const HeldEntry& entry : entries) tell_held(entry);
      if (entries.empty() || chance_() % 2 == 0) return replay();
      if (!queue_.append(next_record())) return replay();
      released_ = entries[entries.size() / 2].number;
      tell(Told::What::kReleasing, 0, released_.value);
      queue_.release(released_, [this] { replay(); });
    });
  }
  void tell_held(const HeldEntry& entry) {
    std::uint32_t round = 0;
    std::uint64_t n = 0;
    if (std::sscanf(entry.text.c_str(), "held %u:%lu ", &round, &n) != 2) ::_exit(6);
    tell(Told::What::kHeld, entry.number.value, n, round);
  }
  void tell(Told::What what, std::uint64_t first, std::uint64_t last, std::uint32_t round = 0) const {
    Told told{.what = what, .first = first, .last = last, .round = round};
    queue_.stream().copy(told.stream, sizeof told.stream - 1);
    if (::write(out_, &told, sizeof told) != sizeof told) ::_exit(3);
  }

  store::SqliteQueue& queue_;
  std::mt19937_64 chance_;
  std::uint32_t round_;
  bool broker_away_;
  int out_;
  std::uint64_t texts_ = 0;
  HeldNumber released_;
  Timer feed_;
};

}  // namespace

void load_until_killed(const StoreOptions& options, std::uint32_t round, std::uint64_t random,
                       bool broker_away, int out) {
  core::EpollLoop loop;
  core::SystemRandom names;
  auto opened = store::SqliteQueue::open(loop, options, names);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    ::_exit(2);
  }
  const Load load(loop, **opened, round, random, broker_away, out);
  loop.run();
  ::_exit(4);
}

}  // namespace submeter::power
