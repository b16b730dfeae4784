// SPDX-License-Identifier: Apache-2.0
#include "poll/figures.h"

#include <algorithm>

namespace submeter::poll {

using std::chrono::seconds;

void ResponseTimes::add(Duration time) {
  times_[added_++ % kNewest] = time;
}

Duration ResponseTimes::percentile(unsigned percent) const {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(added_, kNewest));
  if (count == 0) return {};
  auto sorted = times_;
  const std::size_t rank = std::max<std::size_t>(1, (count * percent + 99) / 100);
  const auto chosen = sorted.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(sorted.begin(), chosen, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  return *chosen;
}

void BusyShare::set_busy(bool busy, MonoTime now) {
  account(now);
  busy_ = busy;
}

/// Books the time since the last call into the seconds it belongs to; at most a minute of them.
void BusyShare::account(MonoTime now) {
  accounted_ = std::max(accounted_, now - seconds(kSeconds));
  while (busy_ && accounted_ < now) {
    const auto second = std::chrono::floor<seconds>(accounted_.time_since_epoch());
    const MonoTime end = std::min(now, MonoTime(second + seconds(1)));
    Slot& slot = slots_[static_cast<std::size_t>(second.count() % kSeconds)];
    if (slot.second != second.count()) slot = {second.count(), {}};
    slot.busy += end - accounted_;
    accounted_ = end;
  }
  accounted_ = now;
}

double BusyShare::share(MonoTime now) const {
  BusyShare until_now = *this;
  until_now.account(now);
  const auto oldest = std::chrono::floor<seconds>(now.time_since_epoch()) - seconds(kSeconds - 1);
  const Duration window = now - std::max(start_, MonoTime(oldest));
  if (window <= Duration::zero()) return 0.0;
  Duration busy{};
  for (const Slot& slot : until_now.slots_) {
    if (slot.second >= oldest.count()) busy += slot.busy;
  }
  return static_cast<double>(busy.count()) / static_cast<double>(window.count());
}

}  // namespace submeter::poll
